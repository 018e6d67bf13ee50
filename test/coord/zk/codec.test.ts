import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../src/base/bytes.ts';
import { Prng } from '../../../src/base/prng.ts';
import type { CreateOperation, Lifetime, NodeStat, Result } from '../../../src/coord/core/model.ts';
import { framed, PacketAssembler } from '../../../src/coord/zk/framing.ts';
import { decodeReplyHeader, decodeResult, writeReply } from '../../../src/coord/zk/replies.ts';
import {
  type DecodedRequest,
  decodeRequest,
  encodeRequest,
} from '../../../src/coord/zk/requests.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

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

const cases: [DecodedRequest, Result][] = [
  [
    { kind: 'create', path: '/ä', data, acl, flags: 3, withStat: false },
    { kind: 'created', path: '/ä1', stat: null },
  ],
  [
    { kind: 'create', path: '/a', data: null, acl: [], flags: 0, withStat: true },
    { kind: 'created', path: '/a', stat },
  ],
  [
    {
      kind: 'create',
      path: '/a',
      data,
      acl,
      flags: 4,
      withStat: true,
      lifetime: { kind: 'container' },
    },
    { kind: 'created', path: '/a', stat },
  ],
  [
    {
      kind: 'create',
      path: '/a',
      data,
      acl,
      flags: 6,
      withStat: true,
      lifetime: { kind: 'ttl', ttlMs: 2 ** 40 - 1 },
    },
    { kind: 'created', path: '/a0000000000', stat },
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
        { kind: 'create', path: '/a', data, acl, flags: 2, withStat: true },
        {
          kind: 'create',
          path: '/a',
          data,
          acl,
          flags: 4,
          withStat: true,
          lifetime: { kind: 'container' },
        },
        {
          kind: 'create',
          path: '/a',
          data,
          acl,
          flags: 5,
          withStat: true,
          lifetime: { kind: 'ttl', ttlMs: 7 },
        },
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
  [
    {
      kind: 'reconfig',
      joining: 'server.1=…',
      leaving: null,
      newMembers: '',
      currentConfigId: -1n,
    },
    { kind: 'data', data, stat },
  ],
  [
    {
      kind: 'multiRead',
      operations: [
        { kind: 'getData', path: '/a' },
        { kind: 'getChildren', path: '/b' },
      ],
    },
    {
      kind: 'multiRead',
      results: [
        { kind: 'data', data: null, stat },
        { kind: 'children', names: ['c', 'ä'], stat: null },
        { kind: 'error', error: -101 },
      ],
    },
  ],
  [{ kind: 'authRaw', scheme: 'digest', auth: data }, { kind: 'done' }],
  [{ kind: 'authRaw', scheme: 'ip', auth: null }, { kind: 'done' }],
  [
    { kind: 'saslRaw', token: data },
    { kind: 'token', token: data },
  ],
  [
    { kind: 'saslRaw', token: null },
    { kind: 'token', token: null },
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
      const reply = new ByteReader(encodedReply(7, 8n, result), 'reply');
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

describe('what a client may send', () => {
  const decode = (opCode: number, body: Uint8Array): DecodedRequest =>
    decodeRequest(opCode, new ByteReader(body, 'request'));
  const encoded = (request: DecodedRequest): [number, Uint8Array] => {
    const writer = new ByteWriter();
    const opCode = encodeRequest(writer, request);
    return [opCode, writer.finish().slice()];
  };
  const node = { kind: 'create', path: '/a', data, acl } as const;

  it('is refused, and the connection closed, for types that are for servers or nobody', () => {
    for (const opCode of [0, 10, 13, 20, 23, 99, 108, -1, -10, -2_000]) {
      expect(decode(opCode, new Uint8Array())).toEqual({
        kind: 'refuse',
        error: -6,
        thenClose: true,
      });
    }
  });

  it('may leave out texts that mean nothing then', () => {
    const nothing = Uint8Array.of(255, 255, 255, 255);
    expect(decode(103, nothing)).toEqual({ kind: 'getEphemerals', prefix: '' });
    expect(() => decode(4, Uint8Array.of(...nothing, 0))).toThrow('null');
    const withNullId = Uint8Array.of(0, 0, 0, 1, 97, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 31);
    const body = Uint8Array.of(...withNullId, ...nothing, ...nothing, 0, 0, 0, 0);
    expect(decode(1, body)).toMatchObject({ acl: [{ permissions: 31, scheme: '', id: '' }] });
  });

  it('must be UTF-8 where it is text', () => {
    for (const text of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const body = Uint8Array.of(0, 0, 0, text.length, ...text, 0);
      expect(() => decode(4, body)).toThrow(expect.objectContaining({ code: 'CORRUPT_DATA' }));
    }
  });

  it('goes by its flags inside multi, where they contradict the type', () => {
    const first = (operation: CreateOperation): unknown => {
      const [opCode, body] = encoded({ kind: 'multi', operations: [operation] });
      const decoded = decode(opCode, body);
      return decoded.kind === 'multi' ? decoded.operations[0] : decoded;
    };
    const plain = { ...node, flags: 4, withStat: false };
    const container = { ...plain, withStat: true, lifetime: { kind: 'container' } };
    expect(first(plain)).toEqual(container);
    const ttl: Lifetime = { kind: 'ttl', ttlMs: 5 };
    expect(first({ ...node, flags: 0, withStat: true, lifetime: ttl })).toEqual({
      ...node,
      flags: 0,
      withStat: false,
    });
    expect(first({ ...node, flags: 4, withStat: true, lifetime: ttl })).toEqual(container);
    const unknown = { ...node, flags: 9, withStat: true, lifetime: ttl };
    expect(first(unknown)).toEqual(unknown);
    expect(() => first({ ...node, flags: 9, withStat: false })).toThrow('flags');
  });

  it('never is a multi of reads, nor a multiRead of writes', () => {
    const [, reads] = encoded({
      kind: 'multiRead',
      operations: [{ kind: 'getData', path: '/a' }],
    });
    const [, writes] = encoded({
      kind: 'multi',
      operations: [{ kind: 'delete', path: '/a', version: 1 }],
    });
    expect(() => decode(14, reads)).toThrow('type 4');
    expect(() => decode(22, writes)).toThrow('type 2');
  });

  it('keeps times to live out of range out of range', () => {
    const [opCode, body] = encoded({
      ...node,
      flags: 5,
      withStat: true,
      lifetime: { kind: 'ttl', ttlMs: 5 },
    });
    for (const [ttl, ttlMs] of [
      [-(2n ** 63n), -1],
      [2n ** 63n - 1n, Number.MAX_SAFE_INTEGER],
    ] as const) {
      new DataView(body.buffer).setBigInt64(body.length - 8, ttl);
      const decoded = decode(opCode, body);
      expect(decoded).toMatchObject({ lifetime: { kind: 'ttl', ttlMs } });
      expect(decode(...encoded(decoded))).toEqual(decoded);
    }
  });

  it('is taken or refused, whatever was changed on the way (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    let refusals = 0;
    for (let round = 0; round < 4_000; round++) {
      const [request, result] = prng.pick(cases);
      const [opCode, body] = encoded(request);
      const reply = encodedReply(1, 2n, result);
      for (const bytes of [body, reply]) mutate(prng, bytes);
      const attempts = [
        () => decode(prng.integer(0, 10) === 0 ? prng.integer(-12, 110) : opCode, body),
        () => decodeResult(request, new ByteReader(reply.subarray(16), 'reply')),
      ];
      for (const attempt of attempts) {
        try {
          attempt();
        } catch (error) {
          expect(error).toMatchObject({ code: 'CORRUPT_DATA' });
          refusals++;
        }
      }
    }
    expect(refusals).toBeGreaterThan(1_000);
  });
});

function mutate(prng: Prng, bytes: Uint8Array): void {
  for (let left = prng.integer(1, 4); left > 0 && bytes.length > 0; left--) {
    bytes[prng.integer(0, bytes.length)] = prng.pick([0, 1, 0x7f, 0x80, 0xff, prng.uint32()]);
  }
}

function encodedReply(xid: number, zxid: bigint, result: Result): Uint8Array {
  const writer = new ByteWriter();
  writeReply(writer, xid, zxid, result);
  return writer.finish().slice();
}

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

  it('stay as they are while others arrive, and take memory by what has arrived only', () => {
    const assembler = new PacketAssembler(1_000_000);
    const stream = framed(new Uint8Array(400_000).fill(9));
    const before = process.memoryUsage().arrayBuffers;
    let packet: Uint8Array | null = null;
    for (let at = 0; at < stream.length; at++) assembler.push(Uint8Array.of(stream[at]!));
    packet = assembler.next();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
    for (let count = 0; count < 1_000; count++) assembler.push(framed(Uint8Array.of(count, 1, 2)));
    expect(packet?.every((byte) => byte === 9)).toBe(true);
    for (let count = 0; count < 1_000; count++) {
      expect(assembler.next()).toEqual(Uint8Array.of(count, 1, 2));
    }
    expect(assembler.next()).toBeNull();
  });

  it('end the stream when their length is negative or too long', () => {
    for (const length of [-1, -(2 ** 31), 301, 2 ** 31 - 1]) {
      const assembler = new PacketAssembler(300);
      const header = new ByteWriter();
      header.int32(length);
      assembler.push(header.finish());
      expect(() => assembler.next()).toThrow(expect.objectContaining({ code: 'CORRUPT_DATA' }));
    }
  });
});
