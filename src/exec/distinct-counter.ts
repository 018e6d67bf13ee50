import { GroupTable } from '../kernels/group-table.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { idsOrZeros } from './argument.ts';
import type { ExecutionContext } from './context.ts';
import { gatherI64 } from './count-accumulator.ts';
import type { KeyWords } from './key-words.ts';
import { WordGroups } from './word-groups.ts';

const ID_BITS = 32;

/**
 * Counts the distinct values of groups where all rows of a value come in one partition, and partitions one
 * after the other: only the values of one are told apart at a time. State: their numbers.
 */
export class DistinctCounter implements Accumulator {
  readonly #words: KeyWords;
  readonly #context: ExecutionContext;
  readonly #values: WordGroups;
  /** Pairs of a group and a value; null where there is one group. */
  readonly #pairs: GroupTable | null;
  readonly #counts: GroupedArray;

  /** @param expectedCount values of a partition to have room for from the start. */
  constructor(
    words: KeyWords,
    isGrouped: boolean,
    expectedCount: number,
    context: ExecutionContext,
  ) {
    this.#words = words;
    this.#context = context;
    this.#values = new WordGroups(words.bits, expectedCount, context);
    this.#pairs = isGrouped ? new GroupTable(context.kernels, context.state, expectedCount) : null;
    this.#counts = new GroupedArray(context, 8);
  }

  reserve(groupCount: number): void {
    this.#counts.reserve(groupCount);
  }

  /** Rows come with their words. */
  add(): void {}

  /** @param ids address of the group id of each row; 0 when there is one group. */
  addWords(ids: number, words: readonly number[], count: number): void {
    const { kernels, batch } = this.#context;
    const values = this.#values.assign(words, count);
    if (this.#pairs === null) return;
    const pairs = batch.allocate(count * 8);
    kernels.run.pairKeys(pairs, idsOrZeros(ids, count, this.#context), values, count);
    this.#pairs.assign(batch.allocate(count * 4), pairs, count);
  }

  /** Counts what the partition had, and forgets it. */
  endPartition(): void {
    const valueCount = this.#values.count;
    const nullValue = this.#nullValue();
    if (this.#pairs === null) this.#countOne(valueCount - (nullValue === null ? 0 : 1));
    else this.#countPairs(this.#pairs, nullValue);
    this.#values.clear();
    this.#pairs?.clear();
  }

  emit(groups: Uint32Array): State {
    const data = gatherI64(this.#context, this.#counts.address, groups);
    return { kind: 'vector', vector: { kind: 'flat', type: 'BIGINT', data, nulls: null } };
  }

  #countOne(count: number): void {
    this.#context.kernels.i64[this.#counts.address / 8]! += BigInt(count);
  }

  #countPairs(pairs: GroupTable, nullValue: number | null): void {
    const { kernels, batch, batchRows } = this.#context;
    const { run, u32, i64 } = kernels;
    const { count, keys } = pairs;
    const mark = batch.mark();
    const ids = batch.allocate(batchRows * 4);
    for (let start = 0; start < count; start += batchRows) {
      const own = Math.min(batchRows, count - start);
      run.extractKeys(ids, keys + start * 8, ID_BITS, ID_BITS, own);
      run.countByGroup(this.#counts.address, ids, own);
    }
    batch.release(mark);
    if (nullValue === null) return;
    // NULL is in one partition at most, and no value that is counted.
    for (let pair = 0; pair < count; pair++) {
      if (u32[keys / 4 + pair * 2] !== nullValue) continue;
      i64[this.#counts.address / 8 + u32[keys / 4 + pair * 2 + 1]!]! -= 1n;
    }
  }

  /** The id of NULL; null where the partition does not have it. */
  #nullValue(): number | null {
    const { nullWords } = this.#words;
    const { count } = this.#values;
    if (nullWords === null || count === 0) return null;
    const { kernels, batch } = this.#context;
    const mark = batch.mark();
    const row = nullWords.map((word) => {
      const address = batch.allocate(8);
      kernels.i64[address / 8] = BigInt.asIntN(64, word);
      return address;
    });
    const id = kernels.u32[this.#values.assign(row, 1) / 4]!;
    batch.release(mark);
    return id < count ? id : null;
  }
}
