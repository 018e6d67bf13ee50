import { assert } from '../base/assert.ts';
import { DENSE_STATE_BYTES_MAX } from '../base/limits.ts';
import { GroupTable } from '../kernels/group-table.ts';
import type { Expression } from '../sql/expression.ts';
import { CodeKey } from './code-key.ts';
import { ConstantKey } from './constant-key.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import type { Vector } from './vector.ts';
import { VectorKey } from './vector-key.ts';

/**
 * Several keys as one group id a row. When all keys are codes and the product of their cardinalities
 * is small, the id is computed (dense); else pairs of ids go through hash tables, left to right.
 */
export interface GroupKeys {
  /** Group ids are below it; it grows with every call of `groupIds` unless the keys are dense. */
  readonly capacity: number;
  /** Address of one u32 group id a row. */
  groupIds(rows: RowSet, input: EvaluationInput): number;
  /** Counts rows by group without group ids, where that is possible; see `GroupKey.count`. */
  count(counts: number, rows: RowSet): boolean;
  /** The key values of groups, one vector a key, on the JavaScript heap. */
  decode(groups: Uint32Array): Vector[];
}

/** An exact sum. */
const STATE_BYTES_USUAL = 16;

/**
 * Prepares grouping expressions for a segment, or for batches of vectors when `segment` is null.
 *
 * @param stateBytes what the largest state of a group takes.
 */
export function compileGroupKeys(
  expressions: readonly Expression[],
  segment: SegmentView | null,
  context: ExecutionContext,
  stateBytes = STATE_BYTES_USUAL,
): GroupKeys {
  const keys = expressions.map((expression) => compileKey(expression, segment, context));
  let product = 1;
  for (const key of keys) product *= key.cardinality ?? Number.POSITIVE_INFINITY;
  // Accumulators are cleared and searched whole: far more of them than rows would cost more.
  const groupsMax = DENSE_STATE_BYTES_MAX / stateBytes;
  const denseMax = Math.min(groupsMax, 4096 + 4 * (segment?.metadata.rowCount ?? 0));
  return product <= denseMax
    ? new DenseGroupKeys(keys, product)
    : new HashedGroupKeys(keys, context);
}

/** Prepares one grouping expression: by code where the segment allows it, else by value. */
export function compileKey(
  expression: Expression,
  segment: SegmentView | null,
  context: ExecutionContext,
): GroupKey {
  if (expression.kind === 'literal') return new ConstantKey(expression, context);
  const coded = segment === null ? null : CodeKey.compile(expression, segment, context);
  return coded ?? new VectorKey(expression, context);
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

  decode(groups: Uint32Array): Vector[] {
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
      rest = quotients;
    }
    return vectors;
  }
}

/**
 * A chain of tables: table 0 maps (id of key 0, id of key 1) to a pair id, table 1 maps (pair id, id
 * of key 2), and so on. With one key its own ids are the groups.
 */
class HashedGroupKeys implements GroupKeys {
  readonly #keys: readonly GroupKey[];
  readonly #tables: readonly GroupTable[];
  readonly #context: ExecutionContext;
  #capacity = 0;

  constructor(keys: readonly GroupKey[], context: ExecutionContext) {
    this.#keys = keys;
    this.#context = context;
    this.#tables = keys.slice(1).map(() => new GroupTable(context.kernels, context.state));
  }

  get capacity(): number {
    return this.#capacity;
  }

  groupIds(rows: RowSet, input: EvaluationInput): number {
    const { kernels, batch } = this.#context;
    const [first, ...others] = this.#keys;
    assert(first, 'grouping has a key');
    let ids = first.encode(rows, input);
    if (others.length === 0) {
      this.#capacity = first.idCount;
      return ids;
    }
    const pairs = batch.allocate(rows.count * 8);
    others.forEach((key, index) => {
      kernels.run.pairKeys(pairs, ids, key.encode(rows, input), rows.count);
      ids = batch.allocate(rows.count * 4);
      this.#tables[index]!.assign(ids, pairs, rows.count);
    });
    this.#capacity = this.#tables.at(-1)!.count;
    return ids;
  }

  count(): boolean {
    return false;
  }

  decode(groups: Uint32Array): Vector[] {
    const { kernels } = this.#context;
    const vectors: Vector[] = [];
    let ids = groups;
    for (let index = this.#tables.length - 1; index >= 0; index--) {
      const keys = this.#tables[index]!.keys >>> 2;
      // A pair is left << 32 | right, little-endian: the right id comes first in memory.
      const right = new Uint32Array(ids.length);
      const left = new Uint32Array(ids.length);
      for (let row = 0; row < ids.length; row++) {
        right[row] = kernels.u32[keys + ids[row]! * 2]!;
        left[row] = kernels.u32[keys + ids[row]! * 2 + 1]!;
      }
      vectors.unshift(this.#keys[index + 1]!.decode(right));
      ids = left;
    }
    vectors.unshift(this.#keys[0]!.decode(ids));
    return vectors;
  }
}
