import { GroupTable } from '../kernels/group-table.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { GroupKey, GroupKeys } from './group-key.ts';
import type { RowSet } from './row-set.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';

/** Bits of an id that a table gives. */
const TABLE_ID_BITS = 32;
const KEY_BITS = 64;

/** Ids side by side in one 64-bit key of a hash table. */
interface Stage {
  readonly table: GroupTable;
  /** Indexes of the keys whose ids it holds, from the high bits to the low ones. */
  readonly keys: readonly number[];
}

/**
 * Group ids by hashing: the ids of as many keys as fit into 64 bits are one key of a table. What does
 * not fit follows in another table, behind the id that the first one gave.
 */
export class PackedGroupKeys implements GroupKeys {
  readonly #keys: readonly GroupKey[];
  readonly #bits: readonly number[];
  readonly #stages: readonly Stage[];
  readonly #context: ExecutionContext;

  /** @param expectedCount groups to have room for from the start. */
  constructor(keys: readonly GroupKey[], expectedCount: number, context: ExecutionContext) {
    this.#keys = keys;
    this.#context = context;
    this.#bits = keys.map(({ cardinality }) =>
      cardinality === null ? TABLE_ID_BITS : Math.max(1, Math.ceil(Math.log2(cardinality))),
    );
    const stages: number[][] = [[]];
    let bits = 0;
    this.#bits.forEach((width, key) => {
      if (bits + width > KEY_BITS) {
        stages.push([]);
        bits = TABLE_ID_BITS;
      }
      stages.at(-1)!.push(key);
      bits += width;
    });
    this.#stages = stages.map((members) => ({
      table: new GroupTable(context.kernels, context.state, expectedCount),
      keys: members,
    }));
  }

  get capacity(): number {
    return this.#stages.at(-1)!.table.count;
  }

  groupIds(rows: RowSet, input: EvaluationInput): number {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    let groups = 0;
    for (const { table, keys } of this.#stages) {
      const packed = batch.allocate(rows.count * 8);
      const isFirst = groups === 0;
      if (!isFirst) run.convertI32ToI64(packed, groups, rows.count);
      keys.forEach((key, index) => {
        const ids = this.#keys[key]!.encode(rows, input);
        if (isFirst && index === 0) run.convertI32ToI64(packed, ids, rows.count);
        else run.appendKeys(packed, ids, this.#bits[key]!, rows.count);
      });
      groups = batch.allocate(rows.count * 4);
      table.assign(groups, packed, rows.count);
    }
    return groups;
  }

  count(): boolean {
    return false;
  }

  *decode(groups: Uint32Array): Steps<Vector[]> {
    const ids = this.#keys.map(() => new Uint32Array(groups.length));
    const { batchRows } = this.#context;
    for (let start = 0; start < groups.length; start += batchRows) {
      this.#unpack(groups.subarray(start, start + batchRows), ids, start);
      yield;
    }
    const vectors: Vector[] = [];
    for (const [index, key] of this.#keys.entries()) {
      vectors.push(key.decode(ids[index]!));
      yield;
    }
    return vectors;
  }

  #unpack(groups: Uint32Array, ids: readonly Uint32Array[], start: number): void {
    const { kernels, batch } = this.#context;
    const { run, u32 } = kernels;
    const count = groups.length;
    const mark = batch.mark();
    const packed = batch.allocate(count * 8);
    const part = batch.allocate(count * 4);
    let rows = copyToMemory(kernels, batch, groups);
    for (const { table, keys } of this.#stages.toReversed()) {
      run.gather64(packed, table.keys, rows, count);
      let shift = 0;
      for (const key of keys.toReversed()) {
        const bits = this.#bits[key]!;
        run.extractKeys(part, packed, shift, bits, count);
        ids[key]!.set(u32.subarray(part / 4, part / 4 + count), start);
        shift += bits;
      }
      rows = batch.allocate(count * 4);
      if (shift < KEY_BITS) run.extractKeys(rows, packed, shift, TABLE_ID_BITS, count);
    }
    batch.release(mark);
  }
}
