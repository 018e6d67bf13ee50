import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import { crc32c } from '../../base/checksum.ts';
import { EngineError } from '../../base/errors.ts';
import { OPEN_ACL } from './acl.ts';
import type { ReplicatedState } from './apply.ts';
import type { Acl, AclEntry } from './model.ts';
import { CONFIG_PATH, parentPath } from './path.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Streams } from './streams.ts';
import { Tree, type Znode } from './tree.ts';

/** The replicated state after the entry `zxid` was applied. */
export interface Snapshot {
  readonly zxid: bigint;
  readonly state: ReplicatedState;
}

const MAGIC = 0x4e59_4353; // "NYCS"
const VERSION = 2;
const NULL_LENGTH = -1;

/*
 * Big-endian:
 *
 *   | magic u32 | version u32 | zxid i64 | streams u32 | stream … | sessions u32 | session … |
 *   | nodes u32 | node … | crc u32 |
 *   stream:  | origin u8 | stream uint53 | sequence uint53 |
 *   session: | id i64 | timeoutMs i32 | owner u8 | password: bytes |
 *   node:    | path: bytes | data: bytes or null | acl | czxid i64 | mzxid i64 | ctimeMs i64 |
 *            | mtimeMs i64 | version i32 | aclVersion i32 | childCreates i32 | ephemeralOwner i64 |
 *            | pzxid i64 |
 *   acl:     | number u32 | and where the number is new: entries u32 | entry … |
 *   entry:   | permissions i32 | scheme: bytes | id: bytes |
 *   bytes:   | length i32, -1 for null | that many bytes |
 *
 * Access lists are numbered in the order in which nodes use them, 0 being the open one, which is
 * never written. Streams and sessions are sorted by id and nodes by path, so equal states give equal bytes, and
 * every parent comes before its children. What the tree keeps besides (who owns ephemerals, which
 * nodes are containers, where quotas are) follows from the nodes. The checksum (CRC-32C) is over
 * everything before it.
 */

/** The state as bytes. Equal states give equal bytes on every replica. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const { tree, sessions, streams } = snapshot.state;
  const writer = new ByteWriter();
  writer.uint32(MAGIC);
  writer.uint32(VERSION);
  writer.int64(snapshot.zxid);
  writeStreams(writer, streams);
  writeSessions(writer, sessions);
  writeTree(writer, tree);
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
  const streams = readStreams(reader);
  const sessions = readSessions(reader);
  const tree = readTree(reader);
  reader.expectEnd();
  return { zxid, state: { tree, sessions, streams } };
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

function writeStreams(writer: ByteWriter, streams: Streams): void {
  writer.uint32(streams.size);
  for (const [origin, position] of [...streams].sort(([left], [right]) => left - right)) {
    writer.uint8(origin);
    writer.uint53(position.stream);
    writer.uint53(position.sequence);
  }
}

function readStreams(reader: ByteReader): Streams {
  const streams: Streams = new Map();
  for (let left = reader.uint32(); left > 0; left--) {
    const origin = reader.uint8();
    streams.set(origin, { stream: reader.uint53(), sequence: reader.uint53() });
  }
  return streams;
}

function writeSessions(writer: ByteWriter, sessions: Sessions): void {
  writer.uint32(sessions.size);
  for (const [id, session] of [...sessions].sort(([left], [right]) => (left < right ? -1 : 1))) {
    writer.int64(id);
    writer.int32(session.timeoutMs);
    writer.uint8(session.owner);
    writeBytes(writer, session.password);
  }
}

function readSessions(reader: ByteReader): Sessions {
  const sessions: Sessions = new Map();
  for (let left = reader.uint32(); left > 0; left--) {
    const id = reader.int64();
    sessions.set(id, readSession(reader));
  }
  return sessions;
}

function readSession(reader: ByteReader): Session {
  const timeoutMs = reader.int32();
  const owner = reader.uint8();
  return { timeoutMs, owner, password: readBytes(reader) ?? new Uint8Array() };
}

function writeTree(writer: ByteWriter, tree: Tree): void {
  const aclNumbers = new Map([[OPEN_ACL, 0]]);
  const paths = tree.sortedPaths();
  writer.uint32(paths.length);
  for (const path of paths) {
    writeText(writer, path);
    writeNode(writer, replicatedPart(path, tree.get(path)!), aclNumbers);
  }
}

/** A configuration that is not in the log is the node's own, see `Tree.showConfigData`. */
function replicatedPart(path: string, node: Readonly<Znode>): Readonly<Znode> {
  const isShownOnly = path === CONFIG_PATH && node.mzxid === 0n;
  return isShownOnly ? { ...node, data: new Uint8Array(), version: 0 } : node;
}

function readTree(reader: ByteReader): Tree {
  const acls = [OPEN_ACL];
  const tree = new Tree();
  for (let left = reader.uint32(); left > 0; left--) {
    const path = readText(reader);
    if (
      tree.get(path) !== undefined ||
      (path !== '/' && tree.get(parentPath(path)) === undefined)
    ) {
      throw new EngineError('CORRUPT_DATA', `${reader.what}: ${path} comes twice or too early`);
    }
    tree.insert(path, readNode(reader, acls));
  }
  return tree;
}

function writeNode(writer: ByteWriter, node: Readonly<Znode>, aclNumbers: Map<Acl, number>): void {
  writeBytes(writer, node.data);
  writeAcl(writer, node.acl, aclNumbers);
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

function readNode(reader: ByteReader, acls: Acl[]): Znode {
  return {
    data: readBytes(reader),
    acl: readAcl(reader, acls),
    czxid: reader.int64(),
    mzxid: reader.int64(),
    ctimeMs: Number(reader.int64()),
    mtimeMs: Number(reader.int64()),
    version: reader.int32(),
    aclVersion: reader.int32(),
    childCreates: reader.int32(),
    ephemeralOwner: reader.int64(),
    pzxid: reader.int64(),
    children: null,
  };
}

function writeAcl(writer: ByteWriter, acl: Acl, numbers: Map<Acl, number>): void {
  const known = numbers.get(acl);
  writer.uint32(known ?? numbers.size);
  if (known !== undefined) return;
  numbers.set(acl, numbers.size);
  writer.uint32(acl.length);
  for (const { permissions, scheme, id } of acl) {
    writer.int32(permissions);
    writeText(writer, scheme);
    writeText(writer, id);
  }
}

function readAcl(reader: ByteReader, acls: Acl[]): Acl {
  const number = reader.uint32();
  const known = acls[number];
  if (known !== undefined) return known;
  expect(reader.what, 'number of an access list', acls.length, number);
  const acl: AclEntry[] = [];
  for (let left = reader.uint32(); left > 0; left--) {
    acl.push({ permissions: reader.int32(), scheme: readText(reader), id: readText(reader) });
  }
  acls.push(acl);
  return acl;
}

function writeText(writer: ByteWriter, text: string): void {
  writeBytes(writer, encodeUtf8(text));
}

function readText(reader: ByteReader): string {
  const length = reader.int32();
  return decodeUtf8(reader.view(length), reader.what);
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array | null): void {
  writer.int32(bytes === null ? NULL_LENGTH : bytes.length);
  if (bytes !== null) writer.bytes(bytes);
}

function readBytes(reader: ByteReader): Uint8Array | null {
  const length = reader.int32();
  return length === NULL_LENGTH ? null : reader.view(length).slice();
}
