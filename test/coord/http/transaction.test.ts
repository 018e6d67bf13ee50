import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor } from './door.ts';

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());

const perform = (operations: unknown) =>
  door.ask('POST', '/v1/transaction', { body: JSON.stringify({ operations }) });

describe('a transaction over HTTP', () => {
  it('performs all operations, which see each other', async () => {
    const { status, body } = await perform([
      { kind: 'create', path: '/t', data: 'x' },
      { kind: 'create', path: '/t/n-', sequential: true },
      { kind: 'check', path: '/t', version: 0 },
      { kind: 'set', path: '/t', data: '//4=', dataEncoding: 'base64', version: 0 },
      { kind: 'create', path: '/gone' },
      { kind: 'delete', path: '/gone' },
    ]);
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { kind: 'created', path: '/t', stat: { version: 0 } },
      { kind: 'created', path: '/t/n-0000000000' },
      { kind: 'checked' },
      { kind: 'set', stat: { version: 1, dataLengthBytes: 2 } },
      { kind: 'created', path: '/gone' },
      { kind: 'deleted' },
    ]);
    expect((await door.ask('GET', '/v1/tree/t')).body).toMatchObject({ data: '//4=' });
  });

  it('performs none when one fails, and says which', async () => {
    expect(
      await perform([
        { kind: 'create', path: '/half' },
        { kind: 'check', path: '/t', version: 99 },
        { kind: 'delete', path: '/t' },
      ]),
    ).toMatchObject({
      status: 412,
      body: {
        error: 'BAD_VERSION',
        message: expect.stringContaining('coord: transaction, operation 1: '),
      },
    });
    expect((await door.ask('GET', '/v1/tree/half')).status).toBe(404);
  });

  it('may be empty', async () => {
    expect(await perform([])).toMatchObject({ status: 200, body: { results: [] } });
  });

  it.each([
    ['not an array', 'x', 'expected {"operations": […]}'],
    ['no object', [1], 'operation 0: expected an object'],
    [
      'an unknown kind',
      [{ kind: 'move' }],
      'operation 0: expected kind create, set, delete, check',
    ],
    ['an unknown field', [{ kind: 'delete', path: '/a', versoin: 1 }], 'did you mean version?'],
    ['a field of another kind', [{ kind: 'check', path: '/a', data: '' }], "unknown field 'data'"],
    ['no path', [{ kind: 'delete' }], 'expected path as text'],
    ['a bad path', [{ kind: 'delete', path: '/a/../b' }], 'expected the path of a node'],
    ['a version as text', [{ kind: 'delete', path: '/a', version: '1' }], 'as a whole number'],
    ['a huge version', [{ kind: 'delete', path: '/a', version: 2 ** 53 }], 'as a whole number'],
    ['data as number', [{ kind: 'create', path: '/a', data: 1 }], 'expected data as text'],
    [
      'no base64',
      [{ kind: 'create', path: '/a', data: '*', dataEncoding: 'base64' }],
      'expected data as dataEncoding utf8 or base64',
    ],
    [
      'a flag as text',
      [{ kind: 'create', path: '/a', sequential: 'yes' }],
      'expected sequential as true or false',
    ],
  ])('refuses %s', async (_, operations, message) => {
    expect(await perform(operations)).toMatchObject({
      status: 400,
      body: { error: 'BAD_REQUEST', message: expect.stringContaining(message) },
    });
  });

  it('refuses bodies that are no such JSON, and takes nothing from prototypes', async () => {
    const bodies = ['', '{', 'null', '[]', '{"operations":[],"x":1}', '{"":1,"operations":[]}'];
    bodies.push('{"__proto__":{"x":1},"operations":[]}');
    for (const body of bodies) {
      expect([body, (await door.ask('POST', '/v1/transaction', { body })).status]).toEqual([
        body,
        400,
      ]);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    const notText = Uint8Array.of(0xff);
    expect((await door.ask('POST', '/v1/transaction', { body: notText })).status).toBe(400);
  });
});
