import { assert } from '../base/assert.ts';
import type { WindowCall } from '../sql/expression.ts';
import { sameWindow, WINDOW } from '../sql/expression-tools.ts';
import { evaluateOnHeap, project } from './answer-steps.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { heldBytes } from './held-bytes.ts';
import { checkedSteps, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { type AggregateWindow, aggregateSteps } from './window-aggregates.ts';
import { type Frames, frameSteps } from './window-frames.ts';
import { orderWindow, type WindowRows } from './window-order.ts';
import { rankSteps } from './window-ranks.ts';
import { valueSteps } from './window-values.ts';

/**
 * The rows of an input, in their order, with the results of window functions as columns `$window0`… Rows
 * are put in order once for each different window.
 *
 * @throws EngineError NUMERIC_OVERFLOW when an exact sum does not fit; CANCELLED, TIMEOUT or MEMORY_LIMIT.
 */
export function windowSteps(
  windows: readonly WindowCall[],
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<EvaluationInput> {
  return checkedSteps(allWindows(windows, input, context), () => context.control.checkpoint());
}

function* allWindows(
  windows: readonly WindowCall[],
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<EvaluationInput> {
  const { control } = context;
  const results = new Map<string, Vector>();
  for (const [index, first] of windows.entries()) {
    if (results.has(`${WINDOW}${index}`)) continue;
    const before = control.heapBytes;
    const ordered = yield* orderWindow(first, input, context);
    const { keys: _, ...places } = ordered;
    control.heapBytes += heldBytes(places);
    yield;
    let resultBytes = 0;
    for (const [other, call] of windows.entries()) {
      if (!sameWindow(call, first)) continue;
      const mark = control.heapBytes;
      const vector = yield* callSteps(call, ordered, input, context);
      control.heapBytes = mark + heldBytes(vector);
      resultBytes += heldBytes(vector);
      results.set(`${WINDOW}${other}`, vector);
      yield;
    }
    control.heapBytes = before + resultBytes;
  }
  return {
    rowCount: input.rowCount,
    column: (name) => results.get(name) ?? input.column(name),
  };
}

/** Bytes of a frame, and of what an aggregate or a choice of rows keeps for each row. */
const FRAME_BYTES = 8;
const WORK_BYTES = 24;

function* callSteps(
  call: WindowCall,
  window: WindowRows,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<Vector> {
  const ranked = rankSteps(call, window);
  if (ranked !== null) return yield* ranked;
  const args = yield* project(call.args, input, context);
  context.control.heapBytes += (FRAME_BYTES + WORK_BYTES) * input.rowCount;
  yield;
  const hasFrame = call.function !== 'lag' && call.function !== 'lead';
  const frames = hasFrame ? yield* frameSteps(call.frame, call.order, window) : null;
  if (!isAggregate(call)) return yield* valueSteps(call, args, window, frames);
  const isMissing = yield* missingRows(call, args[0], input, context);
  return yield* aggregateSteps(
    call,
    { window, frames: frames as Frames, value: args[0], isMissing },
    context,
  );
}

function isAggregate(call: WindowCall): call is AggregateWindow {
  return AGGREGATES.has(call.function);
}

const AGGREGATES: ReadonlySet<string> = new Set(['count', 'sum', 'avg', 'min', 'max']);

function* missingRows(
  { filter }: WindowCall,
  value: Vector | undefined,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<Uint8Array | null> {
  const nulls = value?.nulls ?? null;
  if (filter === null) return nulls;
  const truth = yield* evaluateOnHeap(filter, input, context);
  assert(truth.kind === 'flat', 'a predicate is BOOLEAN');
  const isMissing = new Uint8Array(input.rowCount);
  for (let row = 0; row < isMissing.length; row++) {
    const isTrue = truth.data[row] === 1 && truth.nulls?.[row] !== 1;
    if (!isTrue || nulls?.[row] === 1) isMissing[row] = 1;
  }
  return isMissing;
}
