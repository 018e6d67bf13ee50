import { SPILL_BLOCK_BYTES } from '../base/limits.ts';
import type { OrderKey } from '../sql/expression.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';
import type { ExecutionContext } from './context.ts';
import { heldBytes } from './held-bytes.ts';
import type { AggregatePartial, Partial, SelectPartial } from './partial.ts';
import { PARTITIONS, type Split, splitGroupsSteps } from './partition.ts';
import { mergeSelectionSteps } from './select.ts';
import { sortedSteps } from './sort.ts';
import type { SpilledBlock, SpillFile } from './spill-file.ts';
import { gatherVector } from './vector-build.ts';

/** What a plan's partial results need, so that they can go to the disk. */
export interface SpillPlan {
  readonly plan: LeafPlan;
  readonly finish: GroupFinish | null;
  /** Whether texts of results may be numbered apart. */
  readonly byText: boolean;
}

/** What threads have put on the disk. Plain data: it travels between threads. */
export interface Spilled {
  /** Of groups one list of blocks for each of `PARTITIONS`; of rows one for each run, in order. */
  readonly lists: readonly (readonly SpilledBlock[])[];
  /** How often memory was short. */
  readonly runCount: number;
}

/**
 * A thread holds this share of its part of the memory before it spills: a table leaves its smaller self behind
 * when it grows, and what is written exists once more meanwhile.
 */
const HELD_SHARE = 1 / 4;

/** Puts the partial results of a thread on the disk: groups by a hash of their keys, rows as sorted runs. */
export class TaskSpill {
  readonly #work: SpillPlan;
  readonly #file: SpillFile;
  readonly #context: ExecutionContext;
  readonly #parts: SpilledBlock[][];
  #runCount = 0;

  constructor(work: SpillPlan, file: SpillFile, context: ExecutionContext) {
    this.#work = work;
    this.#file = file;
    this.#context = context;
    this.#parts = work.plan.kind === 'select' ? [] : Array.from({ length: PARTITIONS }, () => []);
  }

  /** Bytes of results from which on a thread puts them here. @param threadCount that share the memory. */
  bytesMax(threadCount: number): number {
    return (this.#context.control.memoryBytesMax / threadCount) * HELD_SHARE;
  }

  /** Null when nothing was put here. */
  get spilled(): Spilled | null {
    return this.#runCount === 0 ? null : { lists: this.#parts, runCount: this.#runCount };
  }

  get writtenBytes(): number {
    return this.#file.lengthBytes;
  }

  /** Takes what there is out of a list. */
  write(partials: Partial[]): void {
    if (partials.length === 0) return;
    this.#runCount++;
    const { plan, finish, byText } = this.#work;
    if (plan.kind === 'select') {
      const rows = mergeSelectionSteps(plan, partials as SelectPartial[], this.#context);
      const order = rowOrder(plan, finish);
      const merged = this.#context.control.run(rows);
      this.#parts.push(writeRun(merged, order, this.#file, this.#context));
      partials.length = 0;
      return;
    }
    for (const partial of partials as AggregatePartial[]) {
      writeParts(partial, { level: 0, byText }, this.#parts, this.#file, this.#context);
    }
    partials.length = 0;
  }
}

/** Adds the groups of a result to parts. */
export function writeParts(
  partial: AggregatePartial,
  split: Split,
  parts: readonly SpilledBlock[][],
  file: SpillFile,
  { control }: ExecutionContext,
): void {
  control.run(splitGroupsSteps(partial, split)).forEach((piece, part) => {
    control.checkpoint();
    if (piece.groupCount > 0) parts[part]!.push(file.write(piece));
  });
}

/** The order that rows have in an answer; empty for none. Keys name outputs of the leaf. */
export function rowOrder(plan: LeafPlan, finish: GroupFinish | null): readonly OrderKey[] {
  if (plan.kind !== 'select') return [];
  if (plan.order.length > 0 || finish === null) return plan.order;
  return finish.order.map((key) => {
    const output = finish.outputs[key.column]!;
    return { ...key, column: Number(output.kind === 'column' && output.name.slice(1)) };
  });
}

/** Writes rows in order, in blocks of bounded size. */
export function writeRun(
  rows: SelectPartial,
  order: readonly OrderKey[],
  file: SpillFile,
  { control }: ExecutionContext,
): SpilledBlock[] {
  const { rowCount, columns } = rows;
  const numbers = control.run(sortedSteps(columns, order, rowCount));
  const blockRows = blockRowsOf(rows);
  const blocks: SpilledBlock[] = [];
  for (let start = 0; start < rowCount; start += blockRows) {
    control.checkpoint();
    const own = numbers.subarray(start, start + blockRows);
    const picked = columns.map((column) => gatherVector(column, own));
    blocks.push(file.write({ kind: 'select', rowCount: own.length, columns: picked }));
  }
  return blocks;
}

/** Rows of a block, so that several blocks of many runs fit into memory. */
function blockRowsOf({ rowCount, columns }: SelectPartial): number {
  const rowBytes = heldBytes(columns) / Math.max(1, rowCount);
  return Math.max(64, Math.min(65_536, Math.floor(SPILL_BLOCK_BYTES / Math.max(1, rowBytes))));
}
