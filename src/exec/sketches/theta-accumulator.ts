import { sequence } from '../../base/sequence.ts';
import { GroupTable } from '../../kernels/group-table.ts';
import type { Expression } from '../../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from '../accumulator.ts';
import { idsOrZeros } from '../argument.ts';
import type { ExecutionContext } from '../context.ts';
import type { EvaluationInput } from '../evaluate.ts';
import { pairsOfGroupsSteps, placesByOwner } from '../group-pairs.ts';
import type { RowSet } from '../row-set.ts';
import type { SegmentView } from '../segment-view.ts';
import { inBlocks, type Steps } from '../steps.ts';
import { HashSource } from './hash-source.ts';
import { packSketchesSteps, STEP_SKETCHES } from './packed.ts';
import { THETA_MAX, thetaSketch } from './theta.ts';

/** Pairs from which limits are worth finding: before, all of them are kept. */
const PAIRS_FREE = 16_384;

/**
 * Theta sketches of groups: a hash table of the hashes, and one of the pairs of a group and a hash.
 * Each time the pairs have doubled, every group with more than `k` gets a limit that hashes must be
 * below. NULL is not counted.
 */
export class ThetaAccumulator implements Accumulator {
  readonly #k: number;
  readonly #source: HashSource;
  readonly #context: ExecutionContext;
  readonly #hashes: GroupTable;
  readonly #pairs: GroupTable;
  /** u64 a group. */
  readonly #limits: GroupedArray;
  #groupCount = 0;
  #pairsAllowed = PAIRS_FREE;

  constructor(
    argument: Expression,
    k: number,
    segment: SegmentView | null,
    context: ExecutionContext,
  ) {
    this.#k = k;
    this.#source = new HashSource(argument, segment, context);
    this.#context = context;
    this.#hashes = new GroupTable(context.kernels, context.state);
    this.#pairs = new GroupTable(context.kernels, context.state);
    this.#limits = new GroupedArray(context, 8, (start, end) =>
      context.kernels.i64.fill(THETA_MAX, start / 8, end / 8),
    );
  }

  reserve(groupCount: number): void {
    this.#limits.reserve(groupCount);
    this.#groupCount = groupCount;
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels, batch } = this.#context;
    const { hashes, ids: presentIds, count } = this.#source.read(rows, ids, input);
    const groups = idsOrZeros(presentIds, count, this.#context);
    const [keptIds, kept] = [batch.allocate(count * 4), batch.allocate(count * 8)];
    const { address } = this.#limits;
    const found = kernels.run.hashesBelowLimits(keptIds, kept, address, groups, hashes, count);
    if (found === 0) return;
    const [hashIds, pairIds] = [batch.allocate(found * 4), batch.allocate(found * 4)];
    this.#hashes.assign(hashIds, kept, found);
    kernels.run.pairKeys(kept, keptIds, hashIds, found);
    this.#pairs.assign(pairIds, kept, found);
    if (this.#pairs.count > this.#pairsAllowed) this.#context.control.run(this.#findLimits());
  }

  *emit(groups: Uint32Array): Steps<State> {
    const sketchOf = yield* this.#sketches(groups);
    return yield* packSketchesSteps(groups.length, sketchOf);
  }

  *#findLimits(): Steps<void> {
    const { i64 } = this.#context.kernels;
    const sketchOf = yield* this.#sketches(sequence(this.#groupCount));
    const limit = (start: number, end: number): void => {
      for (let group = start; group < end; group++) {
        const sketch = sketchOf(group);
        if (sketch !== null) i64[this.#limits.address / 8 + group] = sketch[0]!;
      }
    };
    yield* inBlocks(this.#groupCount, limit, STEP_SKETCHES);
    this.#pairsAllowed = 2 * this.#pairs.count;
  }

  /** What makes the sketch of one of some groups, by its place. */
  *#sketches(groups: Uint32Array): Steps<(place: number) => BigUint64Array | null> {
    const found = yield* pairsOfGroupsSteps(this.#pairs, groups, this.#context);
    const { groups: owners, codes } = found;
    const { starts, places } = yield* placesByOwner(owners, groups.length);
    const ordered = new BigUint64Array(codes.length);
    const halves = new Uint32Array(ordered.buffer);
    yield* inBlocks(codes.length, (start, end) => {
      const { u32 } = this.#context.kernels;
      const keys = this.#hashes.keys / 4;
      for (let row = start; row < end; row++) {
        halves[places[row]! * 2] = u32[keys + codes[row]! * 2]!;
        halves[places[row]! * 2 + 1] = u32[keys + codes[row]! * 2 + 1]!;
      }
    });
    const { i64 } = this.#context.kernels;
    return (place) => {
      const own = ordered.subarray(starts[place], starts[place + 1]);
      const limit = i64[this.#limits.address / 8 + groups[place]!]!;
      return own.length === 0 ? null : thetaSketch(own, limit, this.#k);
    };
  }
}
