import { decodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import type { Disk } from '../../io/disk.ts';
import { CONTAINER_OWNER, ttlMsOf } from '../core/node-owner.ts';
import type { StateSnapshot } from '../core/raft/types.ts';
import { decodeSnapshot } from '../core/snapshot.ts';
import { statOf, type Znode } from '../core/tree.ts';
import type { PlacedRecord } from '../storage/record-reader.ts';
import { dataFiles } from './data-files.ts';
import { decodedEntry } from './entries.ts';

/** One line of a dump: what it is about and its facts, in an order that reads well. */
export interface DumpLine {
  readonly type: string;
  readonly [fact: string]: unknown;
}

/**
 * Everything in a data directory: the sessions and nodes of each snapshot, then every record of the
 * log. 64-bit numbers are hexadecimal text; bytes are text where they are UTF-8, else `{base64}`.
 * Passwords of sessions are left out.
 */
export async function* dumpDirectory(disk: Disk, directory: string): AsyncGenerator<DumpLine> {
  for await (const file of dataFiles(disk, directory)) {
    switch (file.kind) {
      case 'unreadable':
        yield { type: 'unreadable', path: file.path, reason: file.reason };
        break;
      case 'snapshot':
        yield* dumpSnapshot(file.path, file.snapshot);
        break;
      case 'log': {
        const { header, records, end, endBytes } = file.content;
        yield {
          type: 'log',
          path: file.path,
          afterIndex: header.lastIndex,
          records: records.length,
        };
        for (const record of records) yield dumpRecord(record);
        if (end.kind !== 'clean') {
          yield { type: end.kind, path: file.path, offset: endBytes, reason: end.reason };
        }
      }
    }
  }
}

/** A line for people: the type and `name=value` pairs. */
export function dumpText({ type, ...facts }: DumpLine): string {
  const pairs = Object.entries(facts).map(([name, value]) => {
    const isPlain = typeof value === 'string' && /^[^\s"=]+$/.test(value);
    return `${name}=${isPlain ? value : JSON.stringify(value)}`;
  });
  return [type, ...pairs].join(' ');
}

function* dumpSnapshot(path: string, snapshot: StateSnapshot): Generator<DumpLine> {
  const { index, term, config } = snapshot;
  yield { type: 'snapshot', path, index: hexadecimal(index), term, members: config.members };
  const { state } = decodeSnapshot(snapshot.bytes, `coord: ${path}`);
  for (const [id, { timeoutMs, owner }] of state.sessions) {
    yield { type: 'session', id: hexadecimal(id), timeoutMs, owner };
  }
  for (const nodePath of state.tree.sortedPaths()) {
    yield { type: 'node', path: nodePath, ...nodeFacts(state.tree.get(nodePath)!) };
  }
}

function nodeFacts(node: Readonly<Znode>): Record<string, unknown> {
  const { dataLengthBytes: _, ephemeralOwner, czxid, mzxid, pzxid, ...facts } = statOf(node);
  const ttlMs = ttlMsOf(node.ephemeralOwner);
  return {
    data: printableData(node.data),
    ...{ czxid: hexadecimal(czxid), mzxid: hexadecimal(mzxid), pzxid: hexadecimal(pzxid) },
    ...facts,
    ...(ephemeralOwner === 0n ? {} : { session: hexadecimal(ephemeralOwner) }),
    ...(node.ephemeralOwner === CONTAINER_OWNER ? { container: true } : {}),
    ...(ttlMs === null ? {} : { ttlMs }),
    acl: node.acl.map(({ permissions, scheme, id }) => `${scheme}:${id}:${permissions}`),
  };
}

function dumpRecord({ record, offsetBytes: offset }: PlacedRecord): DumpLine {
  switch (record.kind) {
    case 'hardState':
      return { type: 'hardState', offset, ...record.hardState };
    case 'position':
      return { type: 'position', offset, index: hexadecimal(record.index), term: record.term };
    case 'sound':
      return { type: 'sound', offset };
    case 'entry':
      break;
  }
  const { entry } = record;
  const place = { type: 'entry', offset, index: hexadecimal(entry.index), term: entry.term };
  const config = entry.config === null ? {} : { members: entry.config.members };
  const decoded = decodedEntry(entry);
  if (decoded === null) {
    return { ...place, ...config, ...(entry.payload.length === 0 ? {} : { unknown: true }) };
  }
  const { timeMs, origin, sessionId, command } = decoded;
  return {
    ...place,
    ...config,
    time: new Date(timeMs).toISOString(),
    origin,
    session: hexadecimal(sessionId),
    ...(printable(command) as Record<string, unknown>),
  };
}

/** A value that JSON can hold. */
function printable(value: unknown): unknown {
  if (typeof value === 'bigint') return hexadecimal(value);
  if (value instanceof Uint8Array) return printableData(value);
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== 'object' || value === null) return value;
  const facts = Object.entries(value).filter(([name]) => name !== 'password');
  return Object.fromEntries(facts.map(([name, fact]) => [name, printable(fact)]));
}

/** Text where the bytes are UTF-8. */
function printableData(data: Uint8Array | null): string | null | { base64: string } {
  if (data === null) return null;
  try {
    return decodeUtf8(data, 'coord: data');
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const characters = Array.from(data, (byte) => String.fromCharCode(byte));
    return { base64: btoa(characters.join('')) };
  }
}

function hexadecimal(value: bigint | number): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}
