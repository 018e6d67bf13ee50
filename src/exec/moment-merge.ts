import { assert } from '../base/assert.ts';
import type { State } from './accumulator.ts';

/** Merges moments of groups, on the JavaScript heap: once a group, not once a row. */
export class MomentMerge {
  readonly hasEntryPerGroup = true;
  readonly #width: number;
  readonly #merge: (target: Float64Array, other: Float64Array) => void;
  #values = new Float64Array(0);

  /**
   * @param width doubles a group, zeros for a group of no rows.
   * @param merge adds the moments of one group to those of another, which it changes.
   */
  constructor(width: number, merge: (target: Float64Array, other: Float64Array) => void) {
    this.#width = width;
    this.#merge = merge;
  }

  reserve(groupCount: number): void {
    const length = groupCount * this.#width;
    if (length <= this.#values.length) return;
    const grown = new Float64Array(Math.max(length, 2 * this.#values.length));
    grown.set(this.#values);
    this.#values = grown;
  }

  /** Adds the state of group `i` of a partial to group `groupIds[i]`. */
  add(state: State, groupIds: Uint32Array): void {
    assert(state.kind === 'moments', 'moments are merged with moments');
    groupIds.forEach((id, index) => {
      this.#merge(this.#of(this.#values, id), this.#of(state.values, index));
    });
  }

  emit(groups: Uint32Array): State {
    const values = new Float64Array(groups.length * this.#width);
    groups.forEach((group, index) => {
      values.set(this.#of(this.#values, group), index * this.#width);
    });
    return { kind: 'moments', values };
  }

  #of(values: Float64Array, group: number): Float64Array {
    return values.subarray(group * this.#width, (group + 1) * this.#width);
  }
}
