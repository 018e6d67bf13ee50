import { GroupTable } from '../kernels/group-table.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { idsOrZeros } from './argument.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import { pairsOfGroupsSteps, presentRows } from './group-pairs.ts';
import type { RowSet } from './row-set.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { gatherVector } from './vector-build.ts';

/** Bit matrices up to this size stay in the last-level cache; beyond it pairs are hashed. */
const BIT_MATRIX_BYTES_MAX = 4 * 1_048_576;

/**
 * Prepares COUNT(DISTINCT argument): the set of values of every group, as a bit matrix of groups × codes
 * where that is small, else as a hash table of (group, value) pairs.
 *
 * @param key the argument.
 * @param groupCapacity groups at most, or null when not known.
 */
export function compileDistinct(
  key: GroupKey,
  groupCapacity: number | null,
  context: ExecutionContext,
): Accumulator {
  const wordsPerRow = Math.ceil((key.cardinality ?? Number.POSITIVE_INFINITY) / 64);
  return groupCapacity !== null && groupCapacity * wordsPerRow * 8 <= BIT_MATRIX_BYTES_MAX
    ? new BitMatrix(key, wordsPerRow, context)
    : new PairTable(key, context);
}

class BitMatrix implements Accumulator {
  readonly #key: GroupKey;
  readonly #wordsPerRow: number;
  readonly #context: ExecutionContext;
  readonly #bits: GroupedArray;

  constructor(key: GroupKey, wordsPerRow: number, context: ExecutionContext) {
    this.#key = key;
    this.#wordsPerRow = wordsPerRow;
    this.#context = context;
    this.#bits = new GroupedArray(context, wordsPerRow * 8);
  }

  reserve(groupCount: number): void {
    this.#bits.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { run } = this.#context.kernels;
    const codes = this.#key.encode(rows, input);
    const groups = idsOrZeros(ids, rows.count, this.#context);
    run.setBitsByGroup(this.#bits.address, groups, codes, this.#wordsPerRow, rows.count);
  }

  *emit(groups: Uint32Array): Steps<State> {
    const { kernels, batch } = this.#context;
    const mark = batch.mark();
    const rowBits = this.#wordsPerRow * 64;
    const positions = batch.allocate(rowBits * 4);
    const ends = new Uint32Array(groups.length);
    const pieces: Uint32Array[] = [];
    let [length, seen] = [0, 0];
    for (const [index, group] of groups.entries()) {
      const bits = this.#bits.address + group * this.#wordsPerRow * 8;
      const count = kernels.run.bitmapToIndexes(positions, bits, this.#wordsPerRow);
      pieces.push(kernels.u32.slice(positions >>> 2, (positions >>> 2) + count));
      length += count;
      ends[index] = length;
      seen += rowBits;
      if (seen < STEP_BITS) continue;
      seen = 0;
      yield;
    }
    batch.release(mark);
    const owners = new Uint32Array(length);
    const codes = new Uint32Array(length);
    for (const [index, piece] of pieces.entries()) {
      const start = ends[index - 1] ?? 0;
      owners.fill(index, start, ends[index]);
      codes.set(piece, start);
    }
    yield;
    const values = this.#key.decode(codes);
    yield;
    return distinctState(owners, values);
  }
}

/** Bits that one step reads: some milliseconds, if all are set. */
const STEP_BITS = 262_144;

class PairTable implements Accumulator {
  readonly #key: GroupKey;
  readonly #context: ExecutionContext;
  readonly #pairs: GroupTable;

  constructor(key: GroupKey, context: ExecutionContext) {
    this.#key = key;
    this.#context = context;
    this.#pairs = new GroupTable(context.kernels, context.state);
  }

  reserve(): void {}

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels, batch } = this.#context;
    const groups = idsOrZeros(ids, rows.count, this.#context);
    const pairs = batch.allocate(rows.count * 8);
    kernels.run.pairKeys(pairs, groups, this.#key.encode(rows, input), rows.count);
    this.#pairs.assign(batch.allocate(rows.count * 4), pairs, rows.count);
  }

  *emit(groups: Uint32Array): Steps<State> {
    const pairs = yield* pairsOfGroupsSteps(this.#pairs, groups, this.#context);
    yield;
    const values = this.#key.decode(pairs.codes);
    yield;
    return distinctState(pairs.groups, values);
  }
}

/** NULL is not a value that COUNT(DISTINCT) counts. */
function distinctState(groups: Uint32Array, values: Vector): State {
  const present = presentRows(values);
  if (present === null) return { kind: 'distinct', groups, values };
  return {
    kind: 'distinct',
    groups: present.map((row) => groups[row]!),
    values: { ...gatherVector(values, present), nulls: null },
  };
}
