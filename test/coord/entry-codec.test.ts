import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import { type Command, isWrite, type LogEntry } from '../../src/coord/core/model.ts';
import { entryCodec } from '../../src/coord/entry-codec.ts';
import { decodeRequest, encodeRequest } from '../../src/coord/zk/requests.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

const data = Uint8Array.of(0, 255);
const acl = [{ permissions: 31, scheme: 'digest', id: 'ä:x' }];
const node = { kind: 'create', path: '/a', data, acl } as const;

const commands: Command[] = [
  { ...node, flags: 0, withStat: false },
  { ...node, data: null, flags: 3, withStat: true },
  { ...node, flags: 4, withStat: true, lifetime: { kind: 'container' } },
  { ...node, flags: 5, withStat: true, lifetime: { kind: 'ttl', ttlMs: 9 } },
  { kind: 'delete', path: '/a', version: -1 },
  { kind: 'setData', path: '/a', data: null, version: 3 },
  { kind: 'setAcl', path: '/a', acl, version: 3 },
  {
    kind: 'multi',
    operations: [
      { ...node, flags: 4, withStat: true, lifetime: { kind: 'container' } },
      { ...node, flags: 6, withStat: true, lifetime: { kind: 'ttl', ttlMs: 2 ** 40 } },
      { kind: 'check', path: '/a', version: 0 },
    ],
  },
  { kind: 'reconfig', joining: null, leaving: '1', newMembers: null, currentConfigId: 7n },
  { kind: 'closeSession' },
  { kind: 'deleteContainer', path: '/a' },
  { kind: 'createSession', timeoutMs: 5, password: new Uint8Array(16) },
  { kind: 'upgradeSession', timeoutMs: 2 ** 31 - 1, password: new Uint8Array(16) },
  { kind: 'attachSession', timeoutMs: 5, password: new Uint8Array(16) },
  { kind: 'openStream', nonce: 2 ** 32 - 1 },
  { kind: 'refused', error: -123 },
];

const entryOf = (command: Command): LogEntry => ({
  zxid: 9n,
  timeMs: 1_700_000_000_000,
  origin: 254,
  stream: 2 ** 40,
  sequence: 2 ** 53 - 1,
  sessionId: -3n,
  identities: [
    { scheme: 'ip', id: '::1' },
    { scheme: 'digest', id: 'joe:x' },
  ],
  flags: 7,
  command,
});

function encodeEntry(entry: LogEntry): Uint8Array {
  const payload = entryCodec.encode(entry);
  entryCodec.stampTime(payload, entry.timeMs);
  return payload;
}

const decodeEntry = (payload: Uint8Array): LogEntry => entryCodec.decode(9, payload);

const reread = (entry: LogEntry): LogEntry => decodeEntry(encodeEntry(entry));

describe('the payload of a log entry', () => {
  it.each(commands)('holds $kind and who asked, and nothing shorter is one', (command) => {
    const entry = entryOf(command);
    expect(reread(entry)).toEqual(entry);
    const payload = encodeEntry(entry).slice();
    for (let length = 0; length < payload.length; length++) {
      expect(() => decodeEntry(payload.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'CORRUPT_DATA' }),
      );
    }
    expect(() => decodeEntry(Uint8Array.of(...payload, 0))).toThrow('end');
  });

  it('refuses what is no write', () => {
    const payload = encodeEntry(entryOf({ kind: 'closeSession' })).slice();
    new DataView(payload.buffer).setInt32(34, 107);
    expect(() => decodeEntry(payload)).toThrow('type 107');
  });

  it('can be read again, whatever write a client has sent (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    let written = 0;
    for (let round = 0; round < 4_000; round++) {
      const request = decodeMutated(prng);
      if (request === null || !isWrite(request)) continue;
      const entry = entryOf(request);
      expect(reread(entry)).toEqual(entry);
      written++;
    }
    expect(written).toBeGreaterThan(200);
  });
});

function decodeMutated(prng: Prng) {
  const writes = commands.filter(isWrite);
  const writer = new ByteWriter();
  const opCode = encodeRequest(writer, prng.pick(writes));
  const body = writer.finish();
  for (let left = prng.integer(1, 4); left > 0 && body.length > 0; left--) {
    body[prng.integer(0, body.length)] = prng.pick([0, 1, 4, 5, 19, 21, 0xff, prng.uint32()]);
  }
  try {
    return decodeRequest(opCode, new ByteReader(body, 'request'));
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}
