import type { Clock } from '../io/clock.ts';

/** Work cut into steps of some milliseconds: at each `yield` somebody else may have a turn. */
export type Steps<T> = Generator<undefined, T, undefined>;

/**
 * The same steps, with a look before each whether the query may go on. What `check` throws when it may not is
 * thrown in the work, where it stands: it lets go of what it holds.
 */
export function* checkedSteps<T>(steps: Steps<T>, check: () => void): Steps<T> {
  const next = (): IteratorResult<undefined, T> => {
    try {
      check();
    } catch (error) {
      return steps.throw(error);
    }
    return steps.next();
  };
  const checked: Iterator<undefined, T, undefined> = {
    next,
    throw: (error) => steps.throw(error),
    return: (value) => steps.return(value as T),
  };
  return yield* { [Symbol.iterator]: () => checked };
}

/** Items of a block: a pass over the values of an array that takes a millisecond or a few. */
const BLOCK_ITEMS = 65_536;

/** Goes over the numbers below `count` in blocks, one a step: `work` takes those from `start` to before `end`. */
export function* inBlocks(
  count: number,
  work: (start: number, end: number) => void,
  blockItems = BLOCK_ITEMS,
): Steps<void> {
  for (let start = 0; start < count; start += blockItems) {
    if (start > 0) yield;
    work(start, Math.min(start + blockItems, count));
  }
}

/** What a function gives that does its work at once or, where that takes long, in steps. */
export function* inSteps<T extends object>(work: T | Steps<T>): Steps<T> {
  return isSteps(work) ? yield* work : work;
}

function isSteps<T extends object>(work: T | Steps<T>): work is Steps<T> {
  return Symbol.iterator in work && 'throw' in work;
}

/** Does all the work at once. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Time after which work makes room for others: far below what a person notices. */
const SLICE_MS = 20;

/** Does work in slices, between which the event loop gets to what is waiting: other queries, a cancel. */
export async function runInSlices<T>(steps: Steps<T>, clock: Clock): Promise<T> {
  let startMs = clock.monotonicMs();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.monotonicMs() - startMs < SLICE_MS) continue;
    await new Promise<void>((resolve) => clock.soon(resolve));
    startMs = clock.monotonicMs();
  }
}

/**
 * Turns on something that one piece of work uses at a time, such as a thread's working memory while
 * work on it pauses: first come, first served.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when it is its turn. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
