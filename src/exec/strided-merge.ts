import { assert } from '../base/assert.ts';
import type { State } from './accumulator.ts';

/** Numbers of one kind, as many for each group. */
type StridedValues = Uint8Array | Float64Array;

/** Merges states of so many numbers a group, on the JavaScript heap: once a group, not once a row. */
export class StridedMerge<Values extends StridedValues> {
  readonly #kind: 'registers' | 'moments';
  readonly #Values: new (
    length: number,
  ) => Values;
  readonly #width: number;
  readonly #merge: (target: Values, other: Values) => void;
  #values: Values;

  /**
   * @param kind that of the states. @param width numbers a group, zeros for a group of no rows.
   * @param merge adds the numbers of one group to those of another, which it changes.
   */
  constructor(
    kind: 'registers' | 'moments',
    NewValues: new (length: number) => Values,
    width: number,
    merge: (target: Values, other: Values) => void,
  ) {
    this.#kind = kind;
    this.#Values = NewValues;
    this.#width = width;
    this.#merge = merge;
    this.#values = new NewValues(0);
  }

  reserve(groupCount: number): void {
    const length = groupCount * this.#width;
    if (length <= this.#values.length) return;
    const grown = new this.#Values(Math.max(length, 2 * this.#values.length));
    grown.set(this.#values);
    this.#values = grown;
  }

  /** Adds the state of group `i` of a partial to group `groupIds[i]`. */
  add(state: State, groupIds: Uint32Array): void {
    assert(state.kind === this.#kind, 'states are merged with their like');
    const values = state.values as Values;
    groupIds.forEach((id, index) => {
      this.#merge(this.#of(this.#values, id), this.#of(values, index));
    });
  }

  emit(groups: Uint32Array): State {
    const values = new this.#Values(groups.length * this.#width);
    groups.forEach((group, index) => {
      values.set(this.#of(this.#values, group), index * this.#width);
    });
    return { kind: this.#kind, values } as State;
  }

  #of(values: Values, group: number): Values {
    return values.subarray(group * this.#width, (group + 1) * this.#width) as Values;
  }
}
