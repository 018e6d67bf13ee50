import { assert } from '../base/assert.ts';
import type { DataType } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import type { Accumulator, State } from './accumulator.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate, evaluationOf } from './evaluate.ts';
import { placesOf, presentRows } from './group-pairs.ts';
import { heldBytes } from './held-bytes.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import {
  concatSteps,
  gatherVector,
  literalVector,
  onHeap,
  vectorFromValues,
} from './vector-build.ts';

/** Rows of some groups: what one batch or one partial result brought. */
interface Piece {
  /** The group of each row. */
  readonly groups: Uint32Array;
  readonly columns: readonly Vector[];
}

/** Where a row came from: the place of its segment among others, and its number there. */
const PLACE_TYPES: readonly DataType[] = ['STRING', 'INT'];

/**
 * All rows of each group whose first column is not NULL, with the place where each came from, so that
 * they have one order however they were read. Also merges such states.
 */
export class ListAccumulator implements Accumulator {
  readonly #columns: readonly Expression[];
  readonly #segmentPlace: string;
  readonly #context: ExecutionContext;
  readonly #pieces: Piece[] = [];

  /** @param segment null for a merge. */
  constructor(
    columns: readonly Expression[],
    segment: SegmentView | null,
    context: ExecutionContext,
  ) {
    this.#columns = columns;
    this.#segmentPlace = placeOfName(segment?.metadata.name ?? '');
    this.#context = context;
  }

  /** Groups take no room; their rows do. */
  reserve(_groupCount: number): void {}

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels } = this.#context;
    const { u32 } = kernels;
    const vectors = this.#columns.map((column) =>
      evaluate(column, input, evaluationOf(this.#context)),
    );
    const kept = presentRows(vectors[0]!);
    const count = kept?.length ?? rows.count;
    const groups = new Uint32Array(count);
    const numbers = new Int32Array(count);
    for (let index = 0; index < count; index++) {
      const row = kept === null ? index : kept[index]!;
      if (ids !== 0) groups[index] = u32[ids / 4 + row]!;
      numbers[index] = rows.start + (rows.indexes === 0 ? row : u32[rows.indexes / 4 + row]!);
    }
    const columns = vectors.map((vector) =>
      kept === null ? onHeap(vector, this.#context) : gatherVector(vector, kept),
    );
    const segment = literalVector({ type: 'STRING', value: this.#segmentPlace }, count);
    columns.push(segment, { kind: 'flat', type: 'INT', data: numbers, nulls: null });
    this.#pieces.push({ groups, columns });
    this.#context.control.heapBytes += groups.byteLength + heldBytes(columns);
  }

  /** Adds the state of group `i` of a partial to group `groupIds[i]`. */
  merge(state: State, groupIds: Uint32Array): void {
    assert(state.kind === 'lists', 'lists are merged with lists');
    const groups = state.groups.map((group) => groupIds[group]!);
    this.#pieces.push({ groups, columns: state.columns });
  }

  *emit(groups: Uint32Array): Steps<State> {
    const places = placesOf(groups);
    const length = this.#pieces.reduce((sum, piece) => sum + piece.groups.length, 0);
    const owners = new Uint32Array(length);
    const rows = new Uint32Array(length);
    let [kept, first] = [0, 0];
    for (const { groups: own } of this.#pieces) {
      yield;
      yield* inBlocks(own.length, (start, end) => {
        for (let row = start; row < end; row++) {
          const place = places[own[row]!] ?? 0;
          if (place === 0) continue;
          owners[kept] = place - 1;
          rows[kept++] = first + row;
        }
      });
      first += own.length;
    }
    const types = [...this.#columns.map(({ type }) => type), ...PLACE_TYPES];
    const columns: Vector[] = [];
    for (const [index, type] of types.entries()) {
      const pieces = this.#pieces.map((piece) => piece.columns[index]!);
      const all = pieces.length === 0 ? vectorFromValues(type, []) : yield* concatSteps(pieces);
      columns.push(kept === length ? all : gatherVector(all, rows.subarray(0, kept)));
    }
    return { kind: 'lists', groups: owners.subarray(0, kept), columns };
  }
}

/** Orders as names do whose numbers count: `load_10` comes after `load_9`. */
function placeOfName(name: string): string {
  return name.replace(/\d+/g, (digits) => digits.padStart(20, '0'));
}
