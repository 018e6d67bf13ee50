import { EngineError, isMemoryLimit } from '../base/errors.ts';
import type { AggregateLeaf, GroupFinish } from '../sql/plan.ts';
import type { ExecutionContext } from './context.ts';
import { finishGroups, type Groups } from './finish-groups.ts';
import { heldBytes } from './held-bytes.ts';
import { mergeRepeatedSteps } from './merge.ts';
import type { AggregatePartial, Partial } from './partial.ts';
import { PARTITIONS, SPLITS_MAX } from './partition.ts';
import type { SpilledBlock, SpillFile } from './spill-file.ts';
import { addCounts, areCountable, countedValues, splitValuesSteps } from './spill-values.ts';
import { pickState } from './state-parts.ts';
import type { Steps } from './steps.ts';
import type { TaskCells } from './task-cells.ts';
import { writeParts } from './task-spill.ts';
import { gatherVector } from './vector-build.ts';

/** Groups of several results that nobody else has any of, in memory and on the disk. */
export type GroupPieces = readonly (AggregatePartial | SpilledBlock)[];

/** How parts of groups are merged. */
export interface SpilledGroups {
  readonly plan: AggregateLeaf;
  /** What may be done to groups all of whose rows there are; null: their states are wanted. */
  readonly finish: GroupFinish | null;
  readonly byText: boolean;
  readonly cells: TaskCells;
  /** Where pieces are read, and written again where a part is too large. */
  readonly file: SpillFile;
}

/** Memory that the pieces of a part may take: a table and the result are made of them beside. */
const PIECES_SHARE = 1 / 6;

/** The same of a thread's state memory: sets of values take ten times what they are on the disk while they grow. */
const PIECES_STATE_SHARE = 1 / 10;

/** Pieces that are merged at once: the results of a few hundred thousand groups fit working memory. */
const PIECES_BYTES_MAX = 33_554_432;

/** Less of a piece is mostly what describes it. */
const PIECE_BYTES_MIN = 8_192;

/**
 * Merges the pieces of one part, and finishes its groups. Where they are too many for the memory of a thread they
 * are split further first, each part into parts of its own.
 *
 * @param level how often the pieces were split.
 * @throws EngineError MEMORY_LIMIT when groups cannot be split so that they fit.
 */
export function* mergePart(
  work: SpilledGroups,
  pieces: GroupPieces,
  level: number,
  context: ExecutionContext,
): Steps<Partial[]> {
  if (pieces.length === 0) return [];
  const isSmall = areSmall(work, pieces, context);
  const isLast = level === SPLITS_MAX || !isMany(pieces);
  if (isSmall || (isLast && !(work.finish !== null && areCountable(work.plan)))) {
    const merged = yield* mergePieces(work, pieces, context);
    return [finished(work, merged, context)];
  }
  if (isLast) {
    const counted = addCounts(work.plan, yield* countPieces(work, pieces, 0, context));
    return [finished(work, counted, context)];
  }
  const parts = Array.from({ length: PARTITIONS }, (): SpilledBlock[] => []);
  for (const piece of pieces) {
    const partial = read(work.file, piece);
    writeParts(partial, { level, byText: work.byText }, parts, work.file, context);
    yield;
  }
  const results: Partial[] = [];
  for (const part of parts) results.push(...(yield* mergePart(work, part, level + 1, context)));
  return results;
}

/**
 * Counts distinct values in parts by the values, one after the other.
 *
 * @param wholeBytes what this is a part of; parts that are hardly smaller are not split again, since
 *   something else than the values makes them large.
 */
function* countPieces(
  work: SpilledGroups,
  pieces: GroupPieces,
  level: number,
  context: ExecutionContext,
  wholeBytes = Number.POSITIVE_INFINITY,
): Steps<AggregatePartial[]> {
  const { control } = context;
  const ownBytes = sumOfBytes(pieces);
  const isLast = level === SPLITS_MAX || ownBytes > wholeBytes / 2;
  if (level > 0 && (isLast || areSmall(work, pieces, context))) {
    return [countedValues(yield* mergePieces(work, pieces, context))];
  }
  const parts = Array.from({ length: PARTITIONS }, (): SpilledBlock[] => []);
  for (const piece of pieces) {
    const values = read(work.file, piece);
    const split = yield* splitValuesSteps(values, { level, byText: work.byText });
    split.forEach((own, part) => {
      control.checkpoint();
      parts[part]!.push(work.file.write(own));
    });
    yield;
  }
  const counted: AggregatePartial[] = [];
  for (const part of parts) {
    counted.push(...(yield* countPieces(work, part, level + 1, context, ownBytes)));
  }
  return [addCounts(work.plan, counted)];
}

/** Whether pieces can be merged at once, or are so many and small that splitting them gains nothing. */
function areSmall(
  { cells }: SpilledGroups,
  pieces: GroupPieces,
  { control, state }: ExecutionContext,
): boolean {
  const bytes = sumOfBytes(pieces);
  const shareBytes = (control.memoryBytesMax / cells.threadCount) * PIECES_SHARE;
  const stateBytes = state.capacityBytes * PIECES_STATE_SHARE;
  const leastBytes = pieces.length * PIECE_BYTES_MIN;
  return bytes <= Math.max(leastBytes, Math.min(PIECES_BYTES_MAX, shareBytes, stateBytes));
}

/** Whether there are groups that a hash could tell apart. */
function isMany(pieces: GroupPieces): boolean {
  return pieces.some((piece) => ('file' in piece ? piece.rowCount : piece.groupCount) > 1);
}

function sumOfBytes(pieces: GroupPieces): number {
  return pieces.reduce((sum, piece) => sum + bytesOf(piece), 0);
}

function bytesOf(piece: AggregatePartial | SpilledBlock): number {
  return 'file' in piece ? piece.lengthBytes : heldBytes(piece);
}

function read(file: SpillFile, piece: AggregatePartial | SpilledBlock): AggregatePartial {
  return 'file' in piece ? (file.read(piece) as AggregatePartial) : piece;
}

/** The groups of all pieces. Working memory is released. */
function* mergePieces(
  { plan, file }: SpilledGroups,
  pieces: GroupPieces,
  context: ExecutionContext,
): Steps<AggregatePartial> {
  const { control, state } = context;
  const { heapBytes } = control;
  const mark = state.mark();
  try {
    const partials: AggregatePartial[] = [];
    for (const piece of pieces) {
      const partial = read(file, piece);
      partials.push(partial);
      control.heapBytes += heldBytes(partial);
      control.checkpoint();
      yield;
    }
    if (partials.length === 1) return partials[0]!;
    return yield* mergeRepeatedSteps(plan, partials, context);
  } catch (error) {
    throw isMemoryLimit(error) ? tooLargePart(error) : error;
  } finally {
    state.release(mark);
    control.heapBytes = heapBytes;
  }
}

function finished(
  { plan, finish, cells }: SpilledGroups,
  merged: AggregatePartial,
  context: ExecutionContext,
): Partial {
  const { control } = context;
  const { heapBytes } = control;
  control.checkGroups(cells.addGroups(merged.groupCount));
  if (finish === null) return merged;
  control.heapBytes += heldBytes(merged);
  control.checkpoint();
  const rows = finishGroups(plan, finish, groupsOf(merged), context);
  control.heapBytes = heapBytes;
  return rows;
}

function tooLargePart(cause: EngineError): EngineError {
  return new EngineError(
    'MEMORY_LIMIT',
    `${cause.message}; the groups were spilled and split by their keys, but what one part of them holds, ` +
      'such as the values of a single group, does not fit into memory',
    { cause },
  );
}

/** Merged groups, to be finished. */
function groupsOf({ groupCount, keys, states }: AggregatePartial): Groups {
  const areAll = (groups: Uint32Array): boolean => groups.length === groupCount;
  return {
    count: groupCount,
    keys: (groups) => (areAll(groups) ? [...keys] : keys.map((key) => gatherVector(key, groups))),
    state: (index, groups) =>
      areAll(groups) ? states[index]! : pickState(states[index]!, groups, groupCount),
    result: () => null,
  };
}
