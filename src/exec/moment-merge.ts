import { assert } from '../base/assert.ts';
import type { State } from './accumulator.ts';
import { MOMENT_WIDTH, type MomentKind, mergeMoments } from './moments.ts';

/** Merges the moments of groups, on the JavaScript heap: once a group, not once a row. */
export class MomentMerge {
  readonly #kind: MomentKind;
  readonly #width: number;
  #values = new Float64Array();

  constructor(kind: MomentKind) {
    this.#kind = kind;
    this.#width = MOMENT_WIDTH[kind];
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
    const { values } = state;
    groupIds.forEach((id, index) => {
      mergeMoments(this.#kind, this.#of(this.#values, id), this.#of(values, index));
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
