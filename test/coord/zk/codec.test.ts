import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../src/base/bytes.ts';
import type { ClientRequest, NodeStat, Result } from '../../../src/coord/core/model.ts';
import { framed, PacketAssembler } from '../../../src/coord/zk/framing.ts';
import { decodeReplyHeader, decodeResult, encodeReply } from '../../../src/coord/zk/replies.ts';
import { decodeRequest, encodeRequest } from '../../../src/coord/zk/requests.ts';

const stat: NodeStat = {
  czxid: 1n,
  mzxid: -2n,
  ctimeMs: 1_700_000_000_000,
  mtimeMs: 4,
  version: -5,
  childVersion: 6,
  aclVersion: 7,
  ephemeralOwner: -(2n ** 63n),
  dataLengthBytes: 9,
  childCount: 10,
  pzxid: 2n ** 63n - 1n,
};
const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
const data = Uint8Array.of(0, 255);

const cases: [ClientRequest, Result][] = [
  [
    { kind: 'create', path: '/ä', data, acl, flags: 3, withStat: false },
    { kind: 'created', path: '/ä1', stat: null },
  ],
  [
    { kind: 'create', path: '/a', data: null, acl: [], flags: 0, withStat: true },
    { kind: 'created', path: '/a', stat },
  ],
  [{ kind: 'delete', path: '/a', version: -1 }, { kind: 'deleted' }],
  [
    { kind: 'setData', path: '/a', data, version: 2 },
    { kind: 'dataSet', stat },
  ],
  [
    { kind: 'setAcl', path: '/a', acl, version: 2 },
    { kind: 'stat', stat },
  ],
  [
    {
      kind: 'multi',
      operations: [
        { kind: 'create', path: '/a', data, acl, flags: 0, withStat: false },
        { kind: 'check', path: '/a', version: 1 },
        { kind: 'setData', path: '/a', data: null, version: 1 },
        { kind: 'delete', path: '/a', version: 1 },
      ],
    },
    {
      kind: 'multi',
      results: [
        { kind: 'created', path: '/a', stat: null },
        { kind: 'created', path: '/a', stat },
        { kind: 'checked' },
        { kind: 'dataSet', stat },
        { kind: 'deleted' },
        { kind: 'error', error: -2 },
      ],
    },
  ],
  [{ kind: 'closeSession' }, { kind: 'done' }],
  [
    { kind: 'exists', path: '/a', watch: true },
    { kind: 'stat', stat },
  ],
  [
    { kind: 'getData', path: '/a', watch: false },
    { kind: 'data', data: null, stat },
  ],
  [
    { kind: 'getChildren', path: '/a', watch: true },
    { kind: 'children', names: ['b', 'c'], stat: null },
  ],
  [
    { kind: 'getChildren2', path: '/a', watch: true },
    { kind: 'children', names: [], stat },
  ],
  [
    { kind: 'getAcl', path: '/a' },
    { kind: 'acl', acl, stat },
  ],
  [
    { kind: 'sync', path: '/a' },
    { kind: 'path', path: '/a' },
  ],
  [
    { kind: 'getAllChildrenNumber', path: '/' },
    { kind: 'count', count: 3 },
  ],
  [
    { kind: 'getEphemerals', prefix: '' },
    { kind: 'paths', paths: ['/a'] },
  ],
  [{ kind: 'whoAmI' }, { kind: 'identities', identities: [{ scheme: 'ip', id: '::1' }] }],
  [{ kind: 'addWatch', path: '/a', mode: 1 }, { kind: 'watchAdded' }],
  [{ kind: 'checkWatches', path: '/a', type: 2 }, { kind: 'done' }],
  [{ kind: 'removeWatches', path: '/a', type: 3 }, { kind: 'done' }],
  [
    {
      kind: 'setWatches',
      relativeZxid: 5n,
      data: ['/a'],
      exist: ['/b'],
      child: [],
      persistent: ['/c', '/d'],
      recursive: ['/e'],
    },
    { kind: 'done' },
  ],
];

describe('requests and replies', () => {
  it.each(cases)(
    '$kind survives the way to the server and its answer the way back',
    (request, result) => {
      const writer = new ByteWriter();
      const opCode = encodeRequest(writer, request);
      const body = writer.finish().slice();
      const reader = new ByteReader(body, 'request');
      expect(decodeRequest(opCode, reader)).toEqual(request);
      reader.expectEnd();
      const reply = new ByteReader(encodeReply(7, 8n, result), 'reply');
      expect(decodeReplyHeader(reply)).toEqual({ xid: 7, zxid: 8n, error: 0 });
      if (request.kind === 'addWatch') expect(reply.remainingBytes).toBe(4);
      else if (request.kind === 'exists') expect(reply.remainingBytes).toBe(68);
      expect(decodeResult(request, reply)).toEqual(result);
      if (request.kind !== 'addWatch') reply.expectEnd();
      for (let length = 0; length < body.length; length++) {
        const short = new ByteReader(body.subarray(0, length), 'request');
        expect(() => decodeRequest(opCode, short)).toThrow(
          expect.objectContaining({ code: 'CORRUPT_DATA' }),
        );
      }
    },
  );

  it('reads the older setWatches, which has no persistent watches', () => {
    const writer = new ByteWriter();
    writer.int64(5n);
    for (let count = 0; count < 3; count++) writer.int32(0);
    expect(decodeRequest(101, new ByteReader(writer.finish(), 'request'))).toMatchObject({
      kind: 'setWatches',
      persistent: [],
      recursive: [],
    });
  });
});

describe('packets', () => {
  it('come out whole, however the bytes arrive', () => {
    const packets = [Uint8Array.of(), Uint8Array.of(1, 2, 3), new Uint8Array(300).fill(7)];
    const stream = Buffer.concat(packets.map(framed));
    for (const step of [1, 2, 5, 7, 1_000]) {
      const assembler = new PacketAssembler(300);
      const found: number[][] = [];
      for (let at = 0; at < stream.length; at += step) {
        assembler.push(stream.subarray(at, at + step));
        for (let next = assembler.next(); next !== null; next = assembler.next()) {
          found.push([...next]);
        }
      }
      expect(found).toEqual(packets.map((packet) => [...packet]));
    }
  });
});
