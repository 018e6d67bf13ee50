import { adler32 } from '../../base/adler32.ts';
import { ByteReader } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import type { AclEntry } from '../core/model.ts';
import { readAcl, readBuffer, readString, readVector } from '../zk/jute.ts';
import { type ImportedNode, ZooKeeperTree } from './zookeeper-tree.ts';

const MAGIC = 0x5a4b_534e; // "ZKSN"
const VERSION = 2;
/** The list `world:anyone` with all rights, which is not written down. */
const OPEN_ACL_ID = -1n;
const OPEN_ACL: readonly AclEntry[] = [{ permissions: 31, scheme: 'world', id: 'anyone' }];

type AclsById = ReadonlyMap<bigint, readonly AclEntry[]>;

/*
 * ZooKeeper's FileSnap and SerializeUtils, big-endian:
 *
 *   | "ZKSN" i32 | version i32 | dbId i64 | sessions i32 | { id i64 | timeout i32 } …
 *   | access lists i32 | { id i64 | vector<ACL> } … | { path | data | aclId i64 | stat } … | "/"
 *   | adler32 i64 | "/" | and since 3.6 a digest with another checksum, which is not needed
 *   stat: | czxid | mzxid | ctime | mtime i64 | version | cversion | aversion i32 | owner | pzxid i64 |
 *
 * The root's path is empty. The checksum is over everything before it.
 */

/**
 * Reads a snapshot, already uncompressed.
 *
 * @param what names the file in errors, starting with the component.
 * @throws EngineError CORRUPT_DATA with the offset when it is damaged or cut off.
 */
export function readZooKeeperSnapshot(bytes: Uint8Array, what: string): ZooKeeperTree {
  const reader = new ByteReader(bytes, what);
  expectNumber(reader, 'magic', MAGIC);
  expectNumber(reader, 'version', VERSION);
  reader.int64(); // The database's id, which nothing ever sets.
  const tree = new ZooKeeperTree();
  for (let left = reader.int32(); left > 0; left--) {
    const id = reader.int64();
    tree.sessions.set(id, reader.int32());
  }
  const acls = readAcls(reader);
  for (let path = readString(reader); path !== '/'; path = readString(reader)) {
    const offset = reader.offsetBytes;
    if (tree.insert(path === '' ? '/' : path, readNode(reader, acls))) continue;
    throw damage(what, offset, `a node whose parent is before it, found ${JSON.stringify(path)}`);
  }
  checkSeal(bytes, reader, what);
  if (tree.nodes.has('/')) return tree;
  throw damage(what, reader.offsetBytes, 'a root node, found none');
}

function readAcls(reader: ByteReader): AclsById {
  const acls = new Map([[OPEN_ACL_ID, OPEN_ACL]]);
  for (let left = reader.int32(); left > 0; left--) {
    const id = reader.int64();
    acls.set(id, readVector(reader, readAcl));
  }
  return acls;
}

function readNode(reader: ByteReader, acls: AclsById): ImportedNode {
  return {
    data: readBuffer(reader),
    acl: acls.get(reader.int64()) ?? null,
    czxid: reader.int64(),
    mzxid: reader.int64(),
    ctimeMs: Number(reader.int64()),
    mtimeMs: Number(reader.int64()),
    version: reader.int32(),
    childCreates: reader.int32(),
    aclVersion: reader.int32(),
    ephemeralOwner: reader.int64(),
    pzxid: reader.int64(),
    children: new Set(),
  };
}

function checkSeal(bytes: Uint8Array, reader: ByteReader, what: string): void {
  const offset = reader.offsetBytes;
  const computed = adler32(bytes.subarray(0, offset));
  const stored = reader.int64();
  if (stored === BigInt(computed) && readString(reader) === '/') return;
  const found = `0x${BigInt.asUintN(64, stored).toString(16)}`;
  throw damage(what, offset, `checksum 0x${computed.toString(16)}, found ${found}`);
}

function expectNumber(reader: ByteReader, name: string, expected: number): void {
  const offset = reader.offsetBytes;
  const found = reader.uint32();
  if (found === expected) return;
  const hex = (value: number) => `0x${value.toString(16)}`;
  throw damage(reader.what, offset, `${name} ${hex(expected)}, found ${hex(found)}`);
}

function damage(what: string, offset: number, problem: string): EngineError {
  return new EngineError('CORRUPT_DATA', `${what}: offset ${offset}: expected ${problem}`);
}
