import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { RowSet } from './row-set.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';

/**
 * What an aggregate has gathered for some groups, in a form that can be merged with the same state of
 * other segments and servers. On the JavaScript heap; one entry a group unless said otherwise.
 */
export type State =
  | { readonly kind: 'vector'; readonly vector: Vector }
  /** Exact sums: 16 bytes a group, low then high 64 bits. */
  | { readonly kind: 'i128'; readonly values: BigInt64Array }
  /**
   * The distinct values of each group as (group, value) pairs; groups are indexes. Their numbers may stand in
   * their place, as a vector, where nobody else has any of the values.
   */
  | { readonly kind: 'distinct'; readonly groups: Uint32Array; readonly values: Vector }
  /** The same with how often each occurs, in whole numbers. */
  | {
      readonly kind: 'frequencies';
      readonly groups: Uint32Array;
      readonly values: Vector;
      readonly counts: Float64Array;
    }
  /** Rows of groups as columns; groups are indexes. */
  | {
      readonly kind: 'lists';
      readonly groups: Uint32Array;
      readonly columns: readonly Vector[];
    }
  /** The least or greatest key of each group and the value beside it, NULL for none. */
  | { readonly kind: 'witnesses'; readonly values: Vector; readonly keys: Vector }
  /**
   * Sketches of groups one after another, each of a multiple of 8 bytes and none where there is no
   * value; `ends` has the byte behind each.
   */
  | {
      readonly kind: 'sketches';
      readonly ends: Uint32Array;
      readonly bytes: Uint8Array;
    }
  /** Moments, `MOMENT_WIDTH` doubles a group; see moments.ts. */
  | { readonly kind: 'moments'; readonly values: Float64Array };

/**
 * Running state of one aggregate over the groups of one segment (or of one merge).
 *
 * Caller must: `reserve` room for a group before a row of it is added. Keeps: rows may come in any
 * order; `emit` changes nothing.
 */
export interface Accumulator {
  /** Makes room for groups below `groupCount`. */
  reserve(groupCount: number): void;
  /**
   * Adds rows.
   *
   * @param ids address of the group id of each row; 0 when every row belongs to group 0.
   * @param input the same rows, for expressions.
   */
  add(rows: RowSet, ids: number, input: EvaluationInput): void;
  /** The state of the given groups, in their order; in steps where groups have many values. */
  emit(groups: Uint32Array): State | Steps<State>;
}

/** An array in state memory with a fixed number of bytes a group, that grows by doubling. */
export class GroupedArray {
  readonly #context: ExecutionContext;
  readonly #bytesPerGroup: number;
  readonly #initialize: (address: number, endAddress: number) => void;
  #capacity = 0;
  address = 0;

  /**
   * @param initialize fills fresh memory with the aggregate's neutral value; zero when left out.
   */
  constructor(
    context: ExecutionContext,
    bytesPerGroup: number,
    initialize?: (address: number, endAddress: number) => void,
  ) {
    this.#context = context;
    this.#bytesPerGroup = bytesPerGroup;
    this.#initialize =
      initialize ??
      ((address, endAddress) => context.kernels.run.fillBytes(address, 0, endAddress - address));
  }

  reserve(groupCount: number): void {
    if (groupCount <= this.#capacity) return;
    const capacity = this.#capacity === 0 ? groupCount : Math.max(groupCount, 2 * this.#capacity);
    const bytes = capacity * this.#bytesPerGroup;
    const usedBytes = this.#capacity * this.#bytesPerGroup;
    const address = this.#context.state.allocate(bytes);
    this.#context.kernels.u8.copyWithin(address, this.address, this.address + usedBytes);
    this.#initialize(address + usedBytes, address + bytes);
    this.address = address;
    this.#capacity = capacity;
  }
}
