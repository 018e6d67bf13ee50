import type { OrderKey, WindowCall } from '../sql/expression.ts';
import { project, rowNumbers } from './answer-steps.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { type RowComparator, rowComparator, sortRowsSteps } from './sort.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';

/**
 * The rows of an input as a window has them: partition after partition, each in the order of the window. A
 * place is an index into `rows`. Peers are rows of a partition that the order does not tell apart.
 */
export interface WindowRows {
  /** The row at each place. */
  readonly rows: Uint32Array;
  /** The place where each partition starts, and the number of rows. */
  readonly partitions: Uint32Array;
  /** The number of each place's peers, over all partitions. */
  readonly peersOf: Uint32Array;
  /** The place where the peers of a number start, and the number of rows. */
  readonly peers: Uint32Array;
  /** The values that the order goes by, one vector a key, by row. */
  readonly keys: readonly Vector[];
}

/** Places that one step goes over: some milliseconds. */
export const STEP_PLACES = 65_536;

/** Puts the rows of an input in the order of a window. */
export function* orderWindow(
  { partition, order }: Pick<WindowCall, 'partition' | 'order'>,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<WindowRows> {
  const { rowCount } = input;
  const { rows, partitions } = yield* partitionRows(
    yield* project(partition, input, context),
    rowCount,
    context,
  );
  const expressions = order.map(({ expression }) => expression);
  const keys = yield* project(expressions, input, context);
  const places = order.map(
    ({ descending, nullsFirst }, column): OrderKey => ({ column, descending, nullsFirst }),
  );
  const compare: RowComparator = keys.length === 0 ? () => 0 : rowComparator(keys, places);
  if (keys.length > 0) yield* sortPartitions(rows, partitions, compare);
  const peersOf = new Uint32Array(rowCount);
  const peers = new Uint32Array(rowCount + 1);
  let count = 0;
  for (let index = 0; index + 1 < partitions.length; index++) {
    const [start, end] = [partitions[index]!, partitions[index + 1]!];
    for (let place = start; place < end; place++) {
      if (place % STEP_PLACES === 0) yield;
      const isNew = place === start || compare(rows[place - 1]!, rows[place]!) !== 0;
      if (isNew) peers[count++] = place;
      peersOf[place] = count - 1;
    }
  }
  peers[count] = rowCount;
  return { rows, partitions, peersOf, peers: peers.slice(0, count + 1), keys };
}

/** Rows by partition, each in the order of their numbers, by counting. */
function* partitionRows(
  keys: readonly Vector[],
  rowCount: number,
  context: ExecutionContext,
): Steps<Pick<WindowRows, 'rows' | 'partitions'>> {
  const ids = new Uint32Array(rowCount);
  let idCount = rowCount === 0 ? 0 : 1;
  if (keys.length > 0) {
    yield* rowNumbers(keys, rowCount, context, (row, id) => {
      ids[row] = id;
      if (id >= idCount) idCount = id + 1;
    });
  }
  const next = new Uint32Array(idCount + 1);
  for (const id of ids) next[id + 1]!++;
  let partitionCount = 0;
  const partitions = new Uint32Array(idCount + 1);
  for (let id = 0; id < idCount; id++) {
    // Ids of rows that there could be may have none.
    if (next[id + 1]! > 0) partitions[partitionCount++] = next[id]!;
    next[id + 1]! += next[id]!;
  }
  partitions[partitionCount] = rowCount;
  const rows = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) rows[next[ids[row]!]!++] = row;
  yield;
  return { rows, partitions: partitions.slice(0, partitionCount + 1) };
}

function* sortPartitions(
  rows: Uint32Array,
  partitions: Uint32Array,
  compare: RowComparator,
): Steps<void> {
  let stepEnd = 0;
  for (let index = 0; index + 1 < partitions.length; index++) {
    const [start, end] = [partitions[index]!, partitions[index + 1]!];
    if (end - start > 1) yield* sortRowsSteps(rows.subarray(start, end), compare);
    if (end < stepEnd) continue;
    stepEnd = end + STEP_PLACES;
    yield;
  }
}
