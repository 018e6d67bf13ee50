import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import { crc32c } from '../../base/checksum.ts';
import { EngineError } from '../../base/errors.ts';
import type { ReplicatedState } from './apply.ts';
import type { Session, Sessions } from './sessions.ts';
import { Tree, type Znode } from './tree.ts';

/** The replicated state after the entry `zxid` was applied. */
export interface Snapshot {
  readonly zxid: bigint;
  readonly state: ReplicatedState;
}

const MAGIC = 0x4e59_4353; // "NYCS"
const VERSION = 1;
const NULL_LENGTH = -1;

/*
 * Big-endian:
 *
 *   | magic u32 | version u32 | zxid i64 | sessions u32 | session … | nodes u32 | node … | crc u32 |
 *   session: | id i64 | timeoutMs i32 | password: bytes |
 *   node:    | path: bytes | data: bytes or null | permissions u32 | czxid i64 | mzxid i64 |
 *            | ctimeMs i64 | mtimeMs i64 | version i32 | aclVersion i32 | childCreates i32 |
 *            | ephemeralOwner i64 | pzxid i64 |
 *   bytes:   | length i32, -1 for null | that many bytes |
 *
 * Sessions are sorted by id and nodes by path, so equal states give equal bytes, and every parent
 * comes before its children. The checksum (CRC-32C) is over everything before it.
 */

/** The state as bytes. Equal states give equal bytes on every replica. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const { tree, sessions } = snapshot.state;
  const writer = new ByteWriter();
  writer.uint32(MAGIC);
  writer.uint32(VERSION);
  writer.int64(snapshot.zxid);
  writer.uint32(sessions.size);
  for (const [id, session] of [...sessions].sort(([left], [right]) => (left < right ? -1 : 1))) {
    writer.int64(id);
    writer.int32(session.timeoutMs);
    writeBytes(writer, session.password);
  }
  const paths = tree.sortedPaths();
  writer.uint32(paths.length);
  for (const path of paths) writeNode(writer, path, tree.get(path)!);
  writer.uint32(crc32c(writer.finish()));
  return writer.finish();
}

/**
 * The state that `encodeSnapshot` wrote.
 *
 * @param what names the bytes in errors, starting with the component.
 * @throws EngineError CORRUPT_DATA when magic, version, checksum or a length does not hold.
 */
export function decodeSnapshot(bytes: Uint8Array, what: string): Snapshot {
  const body = checkedBody(bytes, what);
  const reader = new ByteReader(body, what);
  expect(what, 'magic', MAGIC, reader.uint32());
  expect(what, 'version', VERSION, reader.uint32());
  const zxid = reader.int64();
  const sessions: Sessions = new Map();
  for (let left = reader.uint32(); left > 0; left--) {
    const id = reader.int64();
    sessions.set(id, readSession(reader));
  }
  const tree = new Tree();
  for (let left = reader.uint32(); left > 0; left--) {
    const path = decodeUtf8(readBytes(reader) ?? new Uint8Array(), what);
    tree.insert(path, readNode(reader));
  }
  reader.expectEnd();
  return { zxid, state: { tree, sessions } };
}

function checkedBody(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length < 4)
    throw new EngineError('CORRUPT_DATA', `${what}: ${bytes.length} bytes only`);
  const end = bytes.length - 4;
  const stored = new ByteReader(bytes.subarray(end), what).uint32();
  const body = bytes.subarray(0, end);
  expect(what, `checksum at offset ${end}`, crc32c(body), stored);
  return body;
}

function expect(what: string, name: string, expected: number, found: number): void {
  if (expected === found) return;
  throw new EngineError(
    'CORRUPT_DATA',
    `${what}: ${name}: expected 0x${expected.toString(16)}, found 0x${found.toString(16)}`,
  );
}

function readSession(reader: ByteReader): Session {
  const timeoutMs = reader.int32();
  return { timeoutMs, password: readBytes(reader) ?? new Uint8Array() };
}

function writeNode(writer: ByteWriter, path: string, node: Readonly<Znode>): void {
  writeBytes(writer, encodeUtf8(path));
  writeBytes(writer, node.data);
  writer.uint32(node.permissions);
  writer.int64(node.czxid);
  writer.int64(node.mzxid);
  writer.int64(BigInt(node.ctimeMs));
  writer.int64(BigInt(node.mtimeMs));
  writer.int32(node.version);
  writer.int32(node.aclVersion);
  writer.int32(node.childCreates);
  writer.int64(node.ephemeralOwner);
  writer.int64(node.pzxid);
}

function readNode(reader: ByteReader): Znode {
  return {
    data: readBytes(reader),
    permissions: reader.uint32(),
    czxid: reader.int64(),
    mzxid: reader.int64(),
    ctimeMs: Number(reader.int64()),
    mtimeMs: Number(reader.int64()),
    version: reader.int32(),
    aclVersion: reader.int32(),
    childCreates: reader.int32(),
    ephemeralOwner: reader.int64(),
    pzxid: reader.int64(),
    children: new Set(),
  };
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array | null): void {
  writer.int32(bytes === null ? NULL_LENGTH : bytes.length);
  if (bytes !== null) writer.bytes(bytes);
}

function readBytes(reader: ByteReader): Uint8Array | null {
  const length = reader.int32();
  return length === NULL_LENGTH ? null : reader.view(length).slice();
}
