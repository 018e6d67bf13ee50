/*
 * The data directory:
 *
 *     log.<sequence>.<first index>   a segment of the log; the sequence numbers segments as they are
 *                                    written, eight digits; its first entry is usually of that index
 *     snapshot.<index>               the state after that index
 *     log.*.tmp, snapshot.*.tmp      not finished; removed at the next start
 *     damaged-<sequence>/            what could not be read, kept for people to look at
 *
 * Numbers are hexadecimal, indexes sixteen digits, so that names sort as numbers. Segments need the
 * sequence beside the index: after a conflict the next segment can begin before the one before it.
 */

/** A segment of the log, as its name tells. */
export interface SegmentName {
  readonly name: string;
  /** From 1, one more for each segment. */
  readonly sequence: number;
  /** One more than the last index of the log when the segment was begun. */
  readonly firstIndex: number;
}

/** A snapshot, as its name tells. */
export interface SnapshotName {
  readonly name: string;
  readonly index: number;
}

/** What a data directory holds of ours. */
export interface DirectoryNames {
  /** By sequence, oldest first. */
  readonly segments: readonly SegmentName[];
  /** By index, oldest first. */
  readonly snapshots: readonly SnapshotName[];
  /** Never finished, and nothing depends on them. */
  readonly temporary: readonly string[];
  /** Named as logs of version 1 of the format. */
  readonly versionOneLogs: readonly string[];
}

const SEGMENT = /^log\.([0-9a-f]{8})\.([0-9a-f]{16})$/;
const SNAPSHOT = /^snapshot\.([0-9a-f]{16})$/;
const TEMPORARY = /^(?:log|snapshot)\..*\.tmp$/;
const VERSION_ONE_LOG = /^log\.[0-9a-f]{16}$/;

/** Sorts names of a directory into what they are; other names are left out. */
export function sortNames(names: readonly string[]): DirectoryNames {
  const segments = names.map(segmentNameOf).filter((found) => found !== null);
  const snapshots = names.map(snapshotNameOf).filter((found) => found !== null);
  return {
    segments: segments.sort((left, right) => left.sequence - right.sequence),
    snapshots: snapshots.sort((left, right) => left.index - right.index),
    temporary: names.filter((name) => TEMPORARY.test(name)),
    versionOneLogs: names.filter((name) => VERSION_ONE_LOG.test(name)),
  };
}

/** The name of a segment. */
export function segmentName(sequence: number, firstIndex: number): string {
  return `log.${hexadecimal(sequence, 8)}.${hexadecimal(firstIndex, 16)}`;
}

/** The name of a snapshot. */
export function snapshotName(index: number): string {
  return `snapshot.${hexadecimal(index, 16)}`;
}

/** The folder for what cannot be read, before the segment of that sequence was begun. */
export function damagedFolderName(sequence: number): string {
  return `damaged-${hexadecimal(sequence, 8)}`;
}

function segmentNameOf(name: string): SegmentName | null {
  const [, sequence, firstIndex] = SEGMENT.exec(name) ?? [];
  if (sequence === undefined || firstIndex === undefined) return null;
  return safe({ name, sequence: parse(sequence), firstIndex: parse(firstIndex) });
}

function snapshotNameOf(name: string): SnapshotName | null {
  const [, index] = SNAPSHOT.exec(name) ?? [];
  return index === undefined ? null : safe({ name, index: parse(index) });
}

/** Numbers that JavaScript cannot hold exactly were never written by us. */
function safe<T extends object>(found: T): T | null {
  const isSafe = Object.values(found).every(
    (value) => typeof value !== 'number' || Number.isSafeInteger(value),
  );
  return isSafe ? found : null;
}

function parse(digits: string): number {
  return Number.parseInt(digits, 16);
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
