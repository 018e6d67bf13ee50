import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { decodeConfig, encodeConfig } from '../config-codec.ts';
import type { ClusterConfig, Entry } from '../core/raft/types.ts';
import type { PeerMessage } from '../core/step.ts';

/*
 * Messages between members, big-endian: | kind u8 | fields … |. Numbers that count terms, log
 * positions, rounds and bytes are uint53; lists are a u32 count and their items; bytes are a u32
 * length and that many bytes.
 *
 *   entry: | index | term | has config u8 | config: bytes? | payload: bytes |
 *
 * Configurations are in the encoding of config-codec.ts.
 */

const Kind = {
  voteRequest: 1,
  voteResponse: 2,
  append: 3,
  appendResponse: 4,
  heartbeat: 5,
  heartbeatResponse: 6,
  snapshot: 7,
  snapshotResponse: 8,
  timeoutNow: 9,
  readRequest: 10,
  readResponse: 11,
  probe: 12,
  probeResponse: 13,
  forward: 14,
  touch: 15,
} as const;

/** Appends a message. */
export function writePeerMessage(writer: ByteWriter, message: PeerMessage): void {
  writer.uint8(Kind[message.kind]);
  if ('term' in message) writer.uint53(message.term);
  switch (message.kind) {
    case 'voteRequest':
      writeFlag(writer, message.isPreVote);
      writeFlag(writer, message.isTransfer);
      writer.uint53(message.lastIndex);
      writer.uint53(message.lastTerm);
      return;
    case 'voteResponse':
      writeFlag(writer, message.isPreVote);
      writeFlag(writer, message.isGranted);
      return;
    case 'append':
      writer.uint53(message.previousIndex);
      writer.uint53(message.previousTerm);
      writer.uint53(message.commitIndex);
      writeList(writer, message.entries, writeEntry);
      return;
    case 'appendResponse':
      writeFlag(writer, message.isRejected);
      writer.uint53(message.index);
      writer.uint53(message.hintIndex);
      writer.uint53(message.hintTerm);
      return;
    case 'heartbeat':
      writer.uint53(message.commitIndex);
      writer.uint53(message.readRound);
      return;
    case 'heartbeatResponse':
      writer.uint53(message.readRound);
      return;
    case 'snapshot':
    case 'snapshotResponse':
      writeSnapshotMessage(writer, message);
      return;
    case 'readRequest':
      writer.uint53(message.context);
      return;
    case 'readResponse':
      writer.uint53(message.context);
      writer.uint53(message.index + 1); // -1 for none.
      return;
    case 'probe':
      writer.uint53(message.context);
      return;
    case 'probeResponse':
      writer.uint53(message.context);
      writer.uint53(message.ownContext);
      writeFlag(writer, message.isPristine);
      writer.uint53(message.lastIndex);
      writer.uint53(message.floorIndex);
      return;
    case 'timeoutNow':
      return;
    case 'forward':
      writeList(writer, message.payloads, writeBytes);
      return;
    case 'touch':
      writeList(writer, message.sessionIds, (_, id) => writer.int64(id));
      return;
  }
}

/**
 * The message that `writePeerMessage` wrote.
 *
 * @throws EngineError CORRUPT_DATA when the bytes are no message. Nothing is allocated for a count or
 *   length before as many bytes are known to be there.
 */
export function readPeerMessage(reader: ByteReader): PeerMessage {
  const kind = reader.uint8();
  switch (kind) {
    case Kind.forward:
      return { kind: 'forward', payloads: readList(reader, readBytes) };
    case Kind.touch:
      return { kind: 'touch', sessionIds: readList(reader, (from) => from.int64()) };
    default:
      return readRaftMessage(kind, reader.uint53(), reader);
  }
}

function readRaftMessage(kind: number, term: number, reader: ByteReader): PeerMessage {
  switch (kind) {
    case Kind.voteRequest: {
      const [isPreVote, isTransfer] = [readFlag(reader), readFlag(reader)];
      const [lastIndex, lastTerm] = [reader.uint53(), reader.uint53()];
      return { kind: 'voteRequest', term, isPreVote, isTransfer, lastIndex, lastTerm };
    }
    case Kind.voteResponse:
      return {
        kind: 'voteResponse',
        term,
        isPreVote: readFlag(reader),
        isGranted: readFlag(reader),
      };
    case Kind.append: {
      const [previousIndex, previousTerm] = [reader.uint53(), reader.uint53()];
      const commitIndex = reader.uint53();
      const entries = readList(reader, readEntry);
      return { kind: 'append', term, previousIndex, previousTerm, commitIndex, entries };
    }
    case Kind.appendResponse: {
      const isRejected = readFlag(reader);
      const [index, hintIndex, hintTerm] = [reader.uint53(), reader.uint53(), reader.uint53()];
      return { kind: 'appendResponse', term, isRejected, index, hintIndex, hintTerm };
    }
    case Kind.heartbeat:
      return { kind: 'heartbeat', term, commitIndex: reader.uint53(), readRound: reader.uint53() };
    case Kind.heartbeatResponse:
      return { kind: 'heartbeatResponse', term, readRound: reader.uint53() };
    case Kind.readRequest:
      return { kind: 'readRequest', term, context: reader.uint53() };
    case Kind.readResponse:
      return { kind: 'readResponse', term, context: reader.uint53(), index: reader.uint53() - 1 };
    case Kind.timeoutNow:
      return { kind: 'timeoutNow', term };
    case Kind.probe:
      return { kind: 'probe', term, context: reader.uint53() };
    case Kind.probeResponse: {
      const [context, ownContext] = [reader.uint53(), reader.uint53()];
      const isPristine = readFlag(reader);
      const [lastIndex, floorIndex] = [reader.uint53(), reader.uint53()];
      return {
        kind: 'probeResponse',
        term,
        context,
        ownContext,
        isPristine,
        lastIndex,
        floorIndex,
      };
    }
    default:
      return readSnapshotMessage(kind, term, reader);
  }
}

type SnapshotMessage = Extract<PeerMessage, { kind: 'snapshot' | 'snapshotResponse' }>;

function writeSnapshotMessage(writer: ByteWriter, message: SnapshotMessage): void {
  writer.uint53(message.index);
  if (message.kind === 'snapshotResponse') {
    writer.uint53(message.receivedBytes);
    return;
  }
  writer.uint53(message.snapshotTerm);
  writeBytes(writer, encodeConfig(message.config));
  writer.uint53(message.offsetBytes);
  writer.uint53(message.totalBytes);
  writeBytes(writer, message.data);
}

function readSnapshotMessage(kind: number, term: number, reader: ByteReader): SnapshotMessage {
  const index = reader.uint53();
  if (kind === Kind.snapshotResponse) {
    return { kind: 'snapshotResponse', term, index, receivedBytes: reader.uint53() };
  }
  if (kind !== Kind.snapshot) {
    throw new EngineError('CORRUPT_DATA', `${reader.what}: unknown kind ${kind}`);
  }
  const snapshotTerm = reader.uint53();
  const config = readConfig(reader);
  const [offsetBytes, totalBytes] = [reader.uint53(), reader.uint53()];
  const data = readBytes(reader);
  return { kind: 'snapshot', term, index, snapshotTerm, config, offsetBytes, totalBytes, data };
}

function writeEntry(writer: ByteWriter, entry: Entry): void {
  writer.uint53(entry.index);
  writer.uint53(entry.term);
  writeFlag(writer, entry.config !== null);
  if (entry.config !== null) writeBytes(writer, encodeConfig(entry.config));
  writeBytes(writer, entry.payload);
}

function readEntry(reader: ByteReader): Entry {
  const [index, term] = [reader.uint53(), reader.uint53()];
  const config = readFlag(reader) ? readConfig(reader) : null;
  return { index, term, config, payload: readBytes(reader) };
}

function readConfig(reader: ByteReader): ClusterConfig {
  return decodeConfig(reader.view(reader.uint32()), reader.what);
}

function writeFlag(writer: ByteWriter, flag: boolean): void {
  writer.uint8(flag ? 1 : 0);
}

function readFlag(reader: ByteReader): boolean {
  return reader.uint8() !== 0;
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  writer.uint32(bytes.length);
  writer.bytes(bytes);
}

/** A copy, so that a message does not keep the whole packet in memory. */
function readBytes(reader: ByteReader): Uint8Array {
  return reader.view(reader.uint32()).slice();
}

function writeList<T>(
  writer: ByteWriter,
  items: readonly T[],
  writeItem: (writer: ByteWriter, item: T) => void,
): void {
  writer.uint32(items.length);
  for (const item of items) writeItem(writer, item);
}

/** Grows as items are found: every item takes at least a byte. */
function readList<T>(reader: ByteReader, readItem: (reader: ByteReader) => T): T[] {
  const items: T[] = [];
  for (let left = reader.uint32(); left > 0; left--) items.push(readItem(reader));
  return items;
}
