import { assert } from '../base/assert.ts';
import { DENSE_STATE_BYTES_MAX, SINGLE_STATE_BYTES_MAX } from '../base/limits.ts';
import type { Expression } from '../sql/expression.ts';
import { CodeKey } from './code-key.ts';
import { ConstantKey } from './constant-key.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { GroupKey, GroupKeys } from './group-key.ts';
import { PackedGroupKeys } from './packed-keys.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { VectorKey } from './vector-key.ts';

/** An exact sum. */
const STATE_BYTES_USUAL = 16;

/** Room for the groups of a hash table at first, as a share of the rows. */
const EXPECTED_ROWS_PER_GROUP = 16;

/** Directly indexed groups that cost next to nothing, however few the rows. */
const DENSE_GROUPS_FREE = 4096;

/** A query's memory that the directly indexed groups of one state may take: they are taken as a whole. */
const DENSE_MEMORY_SHARE = 1 / 64;

/** A query's memory for each group to have room for at first. */
const EXPECTED_GROUP_MEMORY_BYTES = 1024;

/** With more groups neighbouring rows seldom meet in one. */
const SPREAD_GROUPS_MAX = 64;

/** With fewer rows, merging the places takes longer than the rows gain. */
const SPREAD_ROWS_MIN = 16_384;

/** What is known before grouping starts. */
export interface GroupExpectation {
  /** Rows that will be grouped. */
  readonly rowCount: number;
  /** What the largest state of a group takes (default: an exact sum). */
  readonly stateBytes?: number;
  /** Memory that directly indexed states may take. */
  readonly denseBytesMax?: number;
  /** Rows for each directly indexed group (default 1/4). */
  readonly denseRows?: number;
  /** Whether several ids may stand for one group. */
  readonly mayRepeat?: boolean;
}

/**
 * Puts keys together. When the product of their cardinalities is small, the group id is computed; else it
 * comes from hash tables.
 */
export function combineKeys(
  keys: readonly GroupKey[],
  expectation: GroupExpectation,
  context: ExecutionContext,
): GroupKeys {
  const { rowCount, stateBytes = STATE_BYTES_USUAL } = expectation;
  // Ids of one key are as good as the codes that they come from, and need no cache to beat a hash table.
  const usualMax = keys.length === 1 ? SINGLE_STATE_BYTES_MAX : DENSE_STATE_BYTES_MAX;
  const { denseBytesMax: wantedMax = usualMax, denseRows = 0.25 } = expectation;
  const { memoryBytesMax } = context.control;
  const denseBytesMax = Math.min(wantedMax, memoryBytesMax * DENSE_MEMORY_SHARE);
  let product = 1;
  for (const key of keys) product *= key.cardinality ?? Number.POSITIVE_INFINITY;
  // Accumulators are cleared and searched whole, and a filter may leave few of the rows.
  const denseMax = Math.min(denseBytesMax / stateBytes, DENSE_GROUPS_FREE + rowCount / denseRows);
  if (product <= denseMax) {
    const dense = new DenseGroupKeys(keys, product);
    const isSpread =
      expectation.mayRepeat === true && product <= SPREAD_GROUPS_MAX && rowCount >= SPREAD_ROWS_MIN;
    return isSpread ? new SpreadGroupKeys(dense, context) : dense;
  }
  const [only] = keys;
  if (keys.length === 1 && only!.cardinality === null) return new OwnGroupKeys(only!);
  const expectedCount = Math.min(
    product,
    rowCount / EXPECTED_ROWS_PER_GROUP,
    memoryBytesMax / EXPECTED_GROUP_MEMORY_BYTES,
  );
  return new PackedGroupKeys(keys, expectedCount, context);
}

/** Prepares one grouping expression of a segment: by code where it allows that, else by value. */
export function compileKey(
  expression: Expression,
  segment: SegmentView,
  context: ExecutionContext,
): GroupKey {
  if (expression.kind === 'literal') return new ConstantKey(expression, context);
  return CodeKey.compile(expression, segment, context) ?? new VectorKey(expression, context);
}

class DenseGroupKeys implements GroupKeys {
  readonly capacity: number;
  readonly #keys: readonly GroupKey[];

  constructor(keys: readonly GroupKey[], capacity: number) {
    this.#keys = keys;
    this.capacity = capacity;
  }

  groupIds(rows: RowSet, input: EvaluationInput): number {
    const [first, ...others] = this.#keys;
    assert(first, 'grouping has a key');
    const ids = first.encode(rows, input);
    for (const key of others) key.append(ids, rows, input);
    return ids;
  }

  count(counts: number, rows: RowSet): boolean {
    return this.#keys.length === 1 && this.#keys[0]!.count(counts, rows);
  }

  *decode(groups: Uint32Array): Steps<Vector[]> {
    const vectors: Vector[] = [];
    let rest = groups;
    for (const key of this.#keys.toReversed()) {
      const ids = new Uint32Array(rest.length);
      const quotients = new Uint32Array(rest.length);
      const cardinality = key.cardinality!;
      for (let row = 0; row < rest.length; row++) {
        ids[row] = rest[row]! % cardinality;
        quotients[row] = (rest[row]! - ids[row]!) / cardinality;
      }
      vectors.unshift(key.decode(ids));
      yield;
      rest = quotients;
    }
    return vectors;
  }
}

/** One key whose ids are the groups. */
class OwnGroupKeys implements GroupKeys {
  readonly #key: GroupKey;

  constructor(key: GroupKey) {
    this.#key = key;
  }

  get capacity(): number {
    return this.#key.idCount;
  }

  groupIds(rows: RowSet, input: EvaluationInput): number {
    return this.#key.encode(rows, input);
  }

  count(): boolean {
    return false;
  }

  decode(groups: Uint32Array): Vector[] {
    return [this.#key.decode(groups)];
  }
}

/**
 * Four ids for each group, taken in turns: adding to a state waits for the row before that added to it,
 * and with few groups that is mostly a neighbour.
 */
class SpreadGroupKeys implements GroupKeys {
  readonly repeatsGroups = true;
  readonly capacity: number;
  readonly #keys: GroupKeys;
  readonly #context: ExecutionContext;

  constructor(keys: GroupKeys, context: ExecutionContext) {
    this.capacity = 4 * keys.capacity;
    this.#keys = keys;
    this.#context = context;
  }

  groupIds(rows: RowSet, input: EvaluationInput): number {
    const ids = this.#keys.groupIds(rows, input);
    this.#context.kernels.run.spreadIds(ids, rows.count);
    return ids;
  }

  count(): boolean {
    return false;
  }

  decode(groups: Uint32Array): Vector[] | Steps<Vector[]> {
    return this.#keys.decode(groups.map((group) => group >>> 2));
  }
}
