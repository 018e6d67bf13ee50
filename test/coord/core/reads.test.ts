import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { Identity, ReadRequest } from '../../../src/coord/core/model.ts';
import { answerRead } from '../../../src/coord/core/reads.ts';
import { Tree } from '../../../src/coord/core/tree.ts';
import { Watches } from '../../../src/coord/core/watches.ts';

const IP: Identity = { scheme: 'ip', id: '::1' };
const JOE: Identity = { scheme: 'digest', id: 'joe:x' };

const answer = (request: ReadRequest, identities: readonly Identity[] = [IP]) =>
  answerRead(
    { tree: Tree.withSystemNodes(), sessions: new Map(), streams: new Map() },
    new Watches(),
    {
      connection: 1,
      sessionId: 1n,
      identities,
      skipsAcl: false,
    },
    request,
  );

describe('authentication', () => {
  it('adds what was proved and was not known', () => {
    const request: ReadRequest = { kind: 'auth', identities: [IP, JOE] };
    expect(answer(request)).toEqual({
      result: { kind: 'done' },
      missed: [],
      proved: [JOE],
      thenClose: false,
    });
    expect(answer(request, [IP, JOE]).proved).toEqual([]);
  });

  it('that fails ends the connection after its answer', () => {
    const failed = { result: { kind: 'error', error: ErrorNumber.AUTH_FAILED }, thenClose: true };
    expect(answer({ kind: 'auth', identities: null })).toMatchObject(failed);
    const token = Uint8Array.of(1);
    expect(answer({ kind: 'sasl', token, identities: [JOE], isRefused: true })).toMatchObject({
      ...failed,
      proved: [],
    });
  });

  it('by SASL goes back and forth, and proves something in the end', () => {
    const token = Uint8Array.of(1);
    const step = (identities: Identity[]) =>
      answer({ kind: 'sasl', token, identities, isRefused: false });
    expect(step([])).toMatchObject({ result: { kind: 'token', token }, proved: [] });
    const joe = { scheme: 'sasl', id: 'joe' };
    expect(step([joe])).toMatchObject({ result: { kind: 'token', token }, proved: [joe] });
  });
});

describe('a request that is refused', () => {
  it('is answered with its error, and the connection ends if it says so', () => {
    for (const thenClose of [true, false]) {
      expect(answer({ kind: 'refuse', error: -6, thenClose })).toMatchObject({
        result: { kind: 'error', error: -6 },
        thenClose,
      });
    }
  });
});
