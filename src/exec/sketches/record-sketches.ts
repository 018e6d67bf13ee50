import type { Expression } from '../../sql/expression.ts';
import type { Accumulator, State } from '../accumulator.ts';
import { evaluatePresent } from '../argument.ts';
import type { ExecutionContext } from '../context.ts';
import type { EvaluationInput } from '../evaluate.ts';
import type { RowSet } from '../row-set.ts';
import type { Steps } from '../steps.ts';
import { SketchLists, type UniteSketches } from './packed.ts';

/** Unites the sketches that the records of a star-tree have. */
export class RecordSketches implements Accumulator {
  readonly #places: Expression;
  readonly #sketches: number;
  readonly #context: ExecutionContext;
  /** As views of the arena. */
  readonly #lists: SketchLists;

  /**
   * @param places a BIGINT: where a record's sketch begins, and its bytes times 2^32.
   * @param sketches address of the first.
   */
  constructor(
    places: Expression,
    sketches: number,
    unite: UniteSketches,
    context: ExecutionContext,
  ) {
    this.#places = places;
    this.#sketches = sketches;
    this.#context = context;
    this.#lists = new SketchLists(unite);
  }

  /** Groups take no room; their sketches do. */
  reserve(_groupCount: number): void {}

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { vector } = evaluatePresent(this.#places, rows, ids, input, this.#context);
    if (vector.kind !== 'flat' || !(vector.data instanceof BigInt64Array)) return;
    const { buffer, byteOffset } = vector.data;
    const places = new Uint32Array(buffer, byteOffset, 2 * rows.count);
    const { u8, u32 } = this.#context.kernels;
    for (let row = 0; row < rows.count; row++) {
      const lengthBytes = places[2 * row + 1]!;
      if (lengthBytes === 0) continue;
      const start = this.#sketches + places[2 * row]!;
      const group = ids === 0 ? 0 : u32[ids / 4 + row]!;
      this.#lists.add(group, u8.subarray(start, start + lengthBytes));
    }
  }

  emit(groups: Uint32Array): Steps<State> {
    return this.#lists.emit(groups);
  }
}
