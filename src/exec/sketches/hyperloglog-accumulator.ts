import {
  entriesMax,
  type HyperLogLogShape,
  sketchOfEntries,
} from '../../base/sketches/hyperloglog.ts';
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
import { packSketchesSteps } from './packed.ts';

/**
 * HyperLogLog sketches of groups. A group starts with a few entries, all of them in one hash table, and
 * gets registers when it has many. NULL is not counted.
 */
export class HyperLogLogAccumulator implements Accumulator {
  readonly #shape: HyperLogLogShape;
  readonly #source: HashSource;
  readonly #context: ExecutionContext;
  readonly #pairs: GroupTable;
  /** The address of each group's registers, or 0. */
  readonly #registers: GroupedArray;
  /** How many pairs each group has. */
  #counts = new Uint32Array(0);

  constructor(
    argument: Expression,
    shape: HyperLogLogShape,
    segment: SegmentView | null,
    context: ExecutionContext,
  ) {
    this.#shape = shape;
    this.#source = new HashSource(argument, segment, context);
    this.#context = context;
    this.#pairs = new GroupTable(context.kernels, context.state);
    this.#registers = new GroupedArray(context, 4);
  }

  reserve(groupCount: number): void {
    this.#registers.reserve(groupCount);
    if (groupCount <= this.#counts.length) return;
    const counts = new Uint32Array(Math.max(groupCount, 2 * this.#counts.length));
    counts.set(this.#counts);
    this.#counts = counts;
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels, batch } = this.#context;
    const { log2m, entryBits } = this.#shape;
    const { hashes, ids: presentIds, count } = this.#source.read(rows, ids, input);
    const groups = idsOrZeros(presentIds, count, this.#context);
    const pairs = batch.allocate(count * 8);
    const { address } = this.#registers;
    const found = kernels.run.registersOrEntries(
      ...([pairs, address, groups, hashes, log2m, entryBits, count] as const),
    );
    if (found === 0) return;
    const before = this.#pairs.count;
    this.#pairs.assign(batch.allocate(found * 4), pairs, found);
    this.#giveRegisters(before);
  }

  *emit(groups: Uint32Array): Steps<State> {
    const { kernels } = this.#context;
    const found = yield* pairsOfGroupsSteps(this.#pairs, groups, this.#context);
    const { groups: owners, codes } = found;
    const { starts, places } = yield* placesByOwner(owners, groups.length);
    const entries = new Uint32Array(codes.length);
    yield* inBlocks(codes.length, (start, end) => {
      for (let row = start; row < end; row++) entries[places[row]!] = codes[row]!;
    });
    return yield* packSketchesSteps(groups.length, (index) => {
      const own = entries.subarray(starts[index], starts[index + 1]);
      const address = kernels.u32[this.#registers.address / 4 + groups[index]!]!;
      const width = 2 ** this.#shape.log2m;
      const registers = address === 0 ? null : kernels.u8.slice(address, address + width);
      return sketchOfEntries(own, registers, this.#shape);
    });
  }

  /** To groups that new pairs have made too large. Their pairs go into the registers at the end. */
  #giveRegisters(firstPair: number): void {
    const { kernels, state } = this.#context;
    const limit = entriesMax(this.#shape);
    const width = 2 ** this.#shape.log2m;
    const pairs = this.#pairs.keys / 4;
    for (let pair = firstPair; pair < this.#pairs.count; pair++) {
      const group = kernels.u32[pairs + pair * 2 + 1]!;
      if (++this.#counts[group]! !== limit + 1) continue;
      const registers = state.allocate(width);
      kernels.run.fillBytes(registers, 0, width);
      kernels.u32[this.#registers.address / 4 + group] = registers;
    }
  }
}
