import type { Disk } from '../../io/disk.ts';
import type { StateSnapshot } from '../core/raft/types.ts';
import {
  type DirectoryNames,
  type SegmentName,
  type SnapshotName,
  sortNames,
} from './file-names.ts';
import type { LogRecord, PlacedRecord } from './record-reader.ts';
import { refuseVersionOne, wrongVersion } from './recovery.ts';
import { SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-header.ts';
import { readSegment, type SegmentContent } from './segment-reader.ts';
import { decodeSnapshotFile } from './snapshot-file.ts';

/** One thing that a data directory holds, and where. */
export type InspectedRecord = {
  /** Name in the directory. */
  readonly file: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
} & (
  | { readonly kind: 'snapshot'; readonly snapshot: StateSnapshot }
  | { readonly kind: 'segment'; readonly header: SegmentHeader }
  | LogRecord
  /** Something that does not hold, or a write that never arrived whole. */
  | { readonly kind: 'unreadable'; readonly reason: string }
);

/** What there is to say of a file. */
export interface FileReport {
  /** Name in the directory. */
  readonly file: string;
  readonly kind: 'log' | 'snapshot';
  /**
   * - `intact`: everything in it holds.
   * - `torn`: the last file of the log ends in a write that was cut short and never acknowledged.
   * - `damaged`: something that was there is not, or has changed.
   */
  readonly verdict: 'intact' | 'torn' | 'damaged';
  /** Records of a log, 1 for a snapshot that can be read. */
  readonly recordCount: number;
  /** Indexes of entries, or of the snapshot; null when there is none. */
  readonly firstIndex: number | null;
  readonly lastIndex: number | null;
  /** Terms of entries, or of the snapshot; null when there is none. */
  readonly firstTerm: number | null;
  readonly lastTerm: number | null;
  /** What is wrong, in words with offsets. */
  readonly problems: readonly string[];
}

/**
 * Reads every snapshot and every segment of the log and says whether it holds, oldest first. Changes
 * nothing.
 *
 * @throws EngineError CORRUPT_DATA for files of another version of the format; IO when the disk
 *   cannot be read.
 */
export async function verifyDirectory(disk: Disk, directory: string): Promise<FileReport[]> {
  const names = await namesOf(disk, directory);
  const reports: FileReport[] = [];
  for (const name of names.snapshots) {
    reports.push(reportSnapshot(await inspectSnapshot(disk, directory, name)));
  }
  const segments: InspectedSegment[] = [];
  for (const name of names.segments) {
    segments.push({ name, content: await readContent(disk, directory, name) });
  }
  for (const [place, segment] of segments.entries()) {
    reports.push(reportSegment(segment, segments[place - 1], segments[place + 1]));
  }
  return reports;
}

/**
 * Everything that a data directory holds: snapshots, then the log in the order in which it was
 * written, also what lies behind damage. Changes nothing.
 *
 * @throws EngineError as `verifyDirectory`.
 */
export async function* readRecords(disk: Disk, directory: string): AsyncGenerator<InspectedRecord> {
  const names = await namesOf(disk, directory);
  for (const name of names.snapshots) yield await inspectSnapshot(disk, directory, name);
  for (const name of names.segments) yield* inspectSegment(disk, directory, name);
}

interface InspectedSegment {
  readonly name: SegmentName;
  /** Or what is wrong with the header. */
  readonly content: SegmentContent | string;
}

async function namesOf(disk: Disk, directory: string): Promise<DirectoryNames> {
  const names = sortNames(await disk.list(directory));
  await refuseVersionOne(disk, directory, names);
  return names;
}

async function inspectSnapshot(
  disk: Disk,
  directory: string,
  { name, index }: SnapshotName,
): Promise<InspectedRecord> {
  const path = `${directory}/${name}`;
  const bytes = await disk.readFile(path);
  const place = { file: name, offsetBytes: 0, lengthBytes: bytes.length };
  const found = decodeSnapshotFile(bytes);
  if (!('kind' in found)) {
    if (found.index === index) return { ...place, kind: 'snapshot', snapshot: found };
    return { ...place, kind: 'unreadable', reason: `it is of index ${found.index}` };
  }
  if (found.kind === 'version') throw wrongVersion(path, found.version);
  return { ...place, kind: 'unreadable', reason: found.reason };
}

async function readContent(
  disk: Disk,
  directory: string,
  { name }: SegmentName,
): Promise<SegmentContent | string> {
  const path = `${directory}/${name}`;
  const content = readSegment(await disk.readFile(path));
  if (!('kind' in content)) return content;
  if (content.kind === 'version') throw wrongVersion(path, content.version);
  return content.reason;
}

async function* inspectSegment(
  disk: Disk,
  directory: string,
  name: SegmentName,
): AsyncGenerator<InspectedRecord> {
  const content = await readContent(disk, directory, name);
  const file = name.name;
  if (typeof content === 'string') {
    yield { file, offsetBytes: 0, lengthBytes: 0, kind: 'unreadable', reason: content };
    return;
  }
  const { header, records, strays, end, endBytes } = content;
  const lengthBytes = SEGMENT_HEADER_BYTES;
  yield { file, offsetBytes: 0, lengthBytes, kind: 'segment', header };
  for (const placed of records) yield inspected(file, placed);
  if (end.kind === 'clean') return;
  yield { file, offsetBytes: endBytes, lengthBytes: 0, kind: 'unreadable', reason: end.reason };
  for (const placed of strays) yield inspected(file, placed);
}

function inspected(file: string, placed: PlacedRecord): InspectedRecord {
  const { offsetBytes, lengthBytes, record } = placed;
  return { file, offsetBytes, lengthBytes, ...record };
}

function reportSnapshot(found: InspectedRecord): FileReport {
  const snapshot = found.kind === 'snapshot' ? found.snapshot : null;
  return {
    file: found.file,
    kind: 'snapshot',
    verdict: snapshot === null ? 'damaged' : 'intact',
    recordCount: snapshot === null ? 0 : 1,
    firstIndex: snapshot?.index ?? null,
    lastIndex: snapshot?.index ?? null,
    firstTerm: snapshot?.term ?? null,
    lastTerm: snapshot?.term ?? null,
    problems: found.kind === 'unreadable' ? [`at offset 0: ${found.reason}`] : [],
  };
}

function reportSegment(
  { name, content }: InspectedSegment,
  before: InspectedSegment | undefined,
  after: InspectedSegment | undefined,
): FileReport {
  const problems: string[] = [];
  let isTorn = false;
  if (before !== undefined && before.name.sequence + 1 !== name.sequence) {
    problems.push(`at offset 0: the segment before it is missing, ${before.name.name} is there`);
  }
  if (typeof content === 'string') problems.push(`at offset 0: ${content}`);
  else {
    const { end, endBytes } = content;
    const next = typeof after?.content === 'object' ? after.content.header : null;
    // The next segment says where this one ended; what lies behind that was never written.
    const isWhole = next !== null && (next.begins || next.chain === content.chain);
    const isCut = next !== null && !isWhole && end.kind === 'clean';
    if (isCut) problems.push(`at offset ${endBytes}: its last records are missing`);
    if (end.kind !== 'clean' && !isWhole) problems.push(`at offset ${endBytes}: ${end.reason}`);
    isTorn = end.kind === 'torn' && after === undefined && problems.length === 1;
  }
  const isIntact = problems.length === 0;
  return {
    file: name.name,
    kind: 'log',
    verdict: isIntact ? 'intact' : isTorn ? 'torn' : 'damaged',
    ...entryRange(typeof content === 'string' ? [] : content.records),
    problems,
  };
}

function entryRange(records: readonly PlacedRecord[]) {
  const found = records.flatMap(({ record }) => (record.kind === 'entry' ? [record.entry] : []));
  return {
    recordCount: records.length,
    firstIndex: found[0]?.index ?? null,
    lastIndex: found.at(-1)?.index ?? null,
    firstTerm: found[0]?.term ?? null,
    lastTerm: found.at(-1)?.term ?? null,
  };
}
