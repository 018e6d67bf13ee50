import { GroupTable } from '../kernels/group-table.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';

const ID_BITS = 32;

/** What one word after the first adds to the group ids that there are. */
interface Stage {
  /** Ids of the word's values; null where the word itself is as short as an id. */
  readonly values: GroupTable | null;
  /** Pairs of a group so far and the word's value or its id. */
  readonly pairs: GroupTable;
}

/**
 * Gives rows of 64-bit words dense group ids: those of the first word, then those of its groups together with
 * the next one. All in state memory, until the caller releases it.
 */
export class WordGroups {
  readonly #context: ExecutionContext;
  readonly #first: GroupTable;
  readonly #stages: readonly Stage[];

  /**
   * @param bits of each word that are used.
   * @param expectedCount groups to have room for from the start.
   */
  constructor(bits: readonly number[], expectedCount: number, context: ExecutionContext) {
    this.#context = context;
    const table = (): GroupTable => new GroupTable(context.kernels, context.state, expectedCount);
    this.#first = table();
    this.#stages = bits
      .slice(1)
      .map((own) => ({ values: own <= ID_BITS ? null : table(), pairs: table() }));
  }

  /** Groups so far. */
  get count(): number {
    return (this.#stages.at(-1)?.pairs ?? this.#first).count;
  }

  /** Forgets all groups; their room stays. */
  clear(): void {
    this.#first.clear();
    for (const { values, pairs } of this.#stages) {
      values?.clear();
      pairs.clear();
    }
  }

  /** Address of the group id of each row, u32 in batch memory. */
  assign(words: readonly number[], count: number): number {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const groups = batch.allocate(count * 4);
    this.#first.assign(groups, words[0]!, count);
    if (this.#stages.length === 0) return groups;
    const mark = batch.mark();
    const values = batch.allocate(count * 4);
    const keys = batch.allocate(count * 8);
    this.#stages.forEach(({ values: table, pairs }, index) => {
      const word = words[index + 1]!;
      if (table === null) run.extractKeys(values, word, 0, ID_BITS, count);
      else table.assign(values, word, count);
      run.pairKeys(keys, groups, values, count);
      pairs.assign(groups, keys, count);
    });
    batch.release(mark);
    return groups;
  }

  /** Addresses of the words of some groups, in batch memory. */
  wordsOf(groups: Uint32Array): number[] {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const count = groups.length;
    const words: number[] = [];
    const ids = copyToMemory(kernels, batch, groups);
    for (const { values, pairs } of this.#stages.toReversed()) {
      const word = batch.allocate(count * 8);
      run.gather64(word, pairs.keys, ids, count);
      run.extractKeys(ids, word, ID_BITS, ID_BITS, count);
      if (values !== null) {
        const own = batch.allocate(count * 4);
        run.extractKeys(own, word, 0, ID_BITS, count);
        run.gather64(word, values.keys, own, count);
      }
      words.unshift(word);
    }
    const first = batch.allocate(count * 8);
    run.gather64(first, this.#first.keys, ids, count);
    return [first, ...words];
  }
}
