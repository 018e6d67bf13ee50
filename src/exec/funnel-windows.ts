import { assert } from '../base/assert.ts';
import type { AggregateCall } from '../sql/expression.ts';
import type { FunnelMode } from '../sql/funnel-modes.ts';
import type { State } from './accumulator.ts';
import {
  eachGroupSteps,
  type Frequencies,
  frequenciesOf,
  type SortedGroup,
} from './frequency-results.ts';
import type { QueryControl } from './query-control.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { vectorFromValues } from './vector-build.ts';

/** What a funnel asks for. */
interface Funnel {
  readonly stepCount: number;
  readonly window: bigint;
  /** The longest time between two events of a window; 0 for any. */
  readonly gap: bigint;
  readonly modes: ReadonlySet<string>;
}

/** The events of a group in the order of their times, then of their steps. */
interface Events {
  readonly times: BigInt64Array;
  /** Numbers of steps from 0, -1 for none. */
  readonly steps: Int32Array;
}

/** Events from `start` to before `end`, the first of them of step 0. */
interface Window {
  readonly start: number;
  readonly end: number;
}

/**
 * What a funnel over windows gives for each group: `funnel_max_step`, `funnel_complete_count` or
 * `funnel_match_step`. Windows begin and end where Pinot's do: a window begins at an event of the first
 * step, and no further one begins once the last event of the group was in one.
 *
 * @param state how often each event occurs.
 */
export function* funnelWindowsSteps(
  aggregate: AggregateCall,
  state: State,
  groupCount: number,
  control: QueryControl,
): Steps<Vector> {
  const funnel = funnelOf(aggregate);
  const values = new Array<number>(groupCount).fill(0);
  const measure = aggregate.function === 'funnel_complete_count' ? completeCount : maxStep;
  const frequencies = frequenciesOf(state);
  yield* eachGroupSteps(frequencies, groupCount, (group, sorted) => {
    const events = eventsOf(frequencies, sorted, funnel.stepCount);
    values[group] = measure(events, funnel, () => control.checkpoint());
  });
  if (aggregate.function !== 'funnel_match_step') return vectorFromValues('INT', values);
  const { stepCount } = funnel;
  const texts = values.map((reached) => {
    const matches = Array.from({ length: stepCount }, (_, step) => (step < reached ? 1 : 0));
    return `[${matches.join(',')}]`;
  });
  return vectorFromValues('STRING', texts);
}

function funnelOf({ args: [, ...literals] }: AggregateCall): Funnel {
  const [stepCount, window, gap, modes] = literals.map((argument) => {
    assert(argument.kind === 'literal' && argument.value !== null, 'a funnel has constants');
    return argument.value;
  });
  return {
    stepCount: Number(stepCount),
    window: BigInt(window!),
    gap: BigInt(gap!),
    modes: new Set(String(modes).split(',')),
  };
}

function eventsOf(
  { values }: Frequencies,
  { rows, counts, count }: SortedGroup,
  stepCount: number,
): Events {
  assert(values.kind === 'flat' && values.data instanceof BigInt64Array, 'events are BIGINT');
  const times = new BigInt64Array(count);
  const steps = new Int32Array(count);
  const width = BigInt(stepCount + 1);
  let event = 0;
  for (const row of rows) {
    const value = values.data[row]!;
    const step = ((value % width) + width) % width;
    const end = event + counts[row]!;
    times.fill((value - step) / width, event, end);
    steps.fill(Number(step) - 1, event, end);
    event = end;
  }
  return { times, steps };
}

function maxStep(events: Events, funnel: Funnel, checkpoint: () => void): number {
  let most = 0;
  let window: Window | null = { start: 0, end: 0 };
  while (window.end < events.steps.length && most < funnel.stepCount) {
    checkpoint();
    window = filled(window, events, funnel);
    if (window === null) break;
    most = Math.max(most, reachedIn(window, events, funnel));
    window = { start: window.start + 1, end: window.end };
  }
  return most;
}

function completeCount(events: Events, funnel: Funnel, checkpoint: () => void): number {
  const { times, steps } = events;
  let rounds = 0;
  let window: Window | null = { start: 0, end: 0 };
  while (window.end < steps.length) {
    checkpoint();
    window = filled(window, events, funnel);
    if (window === null) break;
    const { end } = window;
    let { start } = window;
    let nextFrom = times[start]!;
    for (const event of roundsIn(window, events, funnel)) {
      rounds++;
      nextFrom = times[event]!;
    }
    start++;
    while (start < end && times[start]! < nextFrom) start++;
    window = { start, end };
  }
  return rounds;
}

/** The next window that begins in or behind another; null when there is none. */
function filled(
  { start: from, end: to }: Window,
  { times, steps }: Events,
  { window, gap }: Funnel,
): Window | null {
  let [start, end] = [from, to];
  while (start < steps.length && steps[start] !== 0) start++;
  if (start === steps.length) return null;
  end = Math.max(end, start + 1);
  const endTime = times[start]! + window;
  while (end < steps.length && times[end]! < endTime) {
    if (gap > 0n && times[end]! - times[end - 1]! > gap) break;
    end++;
  }
  return { start, end };
}

/** How many steps are done one after another in a window. */
function reachedIn({ start, end }: Window, { times, steps }: Events, funnel: Funnel): number {
  const { stepCount, modes } = funnel;
  const has = modesOf(modes);
  let next = 0;
  let previous: bigint | null = null;
  for (let event = start; event < end && next < stepCount; event++) {
    const step = steps[event]!;
    if (has.deduplication && step === next - 1) break;
    if (has.order && step !== next) break;
    if (has.increase && previous === times[event]!) continue;
    if (step !== next) continue;
    next++;
    previous = times[event]!;
  }
  return next;
}

/** The events with which rounds of all steps are complete in a window. */
function* roundsIn(
  { start, end }: Window,
  { times, steps }: Events,
  { stepCount, modes }: Funnel,
): Generator<number> {
  const has = modesOf(modes);
  let next = 0;
  let previous: bigint | null = null;
  for (let event = start; event < end; event++) {
    const step = steps[event]!;
    if (has.deduplication && step === next - 1) next = 0;
    if (has.order && step !== next) next = 0;
    if (has.increase && previous === times[event]!) continue;
    previous = times[event]!;
    if (step === next) next++;
    if (next < stepCount) continue;
    next = 0;
    yield event;
  }
}

function modesOf(
  modes: ReadonlySet<string>,
): Record<'deduplication' | 'order' | 'increase', boolean> {
  const has = (mode: FunnelMode): boolean => modes.has(mode);
  return {
    deduplication: has('STRICT_DEDUPLICATION'),
    order: has('STRICT_ORDER'),
    increase: has('STRICT_INCREASE'),
  };
}
