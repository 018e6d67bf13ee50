import { Prng } from '../../../src/base/prng.ts';

/** One call of a concurrent history. Stamps are numbers; smaller is earlier. */
export interface Call<Input, Output> {
  readonly invoked: number;
  /** Null when nobody knows whether it happened: it may have at any later time, or never. */
  readonly completed: number | null;
  readonly input: Input;
  /** Null when it is not known. */
  readonly output: Output | null;
  /** Calls of one line are taken in their order, and none is left out before one that happened. */
  readonly line?: string;
  /** Where the system says it belongs: of two calls that both say so, the smaller came first. */
  readonly order?: bigint;
}

/** What the system is meant to do, one call at a time. States are immutable. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /** Equal for equal states. */
  key(state: State): string;
  /** The state after the call, or null when it cannot have this output. A null output fits always. */
  step(state: State, input: Input, output: Output | null): State | null;
}

/** `undecided`: the search was given up. */
export type Verdict = 'linearizable' | 'violation' | 'undecided';

const STEPS_MAX_DEFAULT = 300_000;

/**
 * Tells whether calls can be put into one order that respects time and the model (Herlihy and Wing
 * 1990): the search of Wing and Gong (1993), which takes one possible next call after another and
 * goes back when none is left, and remembers, as Lowe (2017) showed, which sets of taken calls have
 * been tried with which state.
 */
export function checkLinearizable<State, Input, Output>(
  calls: readonly Call<Input, Output>[],
  model: Model<State, Input, Output>,
  stepsMax = STEPS_MAX_DEFAULT,
): Verdict {
  return new Search(calls, model).run(stepsMax);
}

interface Frame<State> {
  /** The call that was taken to get here, -1 for the beginning. */
  readonly taken: number;
  readonly state: State;
  readonly candidates: readonly number[];
  next: number;
}

class Search<State, Input, Output> {
  readonly #calls: readonly Call<Input, Output>[];
  readonly #model: Model<State, Input, Output>;
  readonly #isTaken: Uint8Array;
  /** For each call the one before it on its line, or -1. */
  readonly #predecessors: Int32Array;
  /** Calls with an order, smallest first. */
  readonly #ordered: readonly number[];
  /** Two random words for each call: a set of calls is known by the XOR of theirs (Zobrist 1970). */
  readonly #words: Uint32Array;
  readonly #tried = new Set<string>();
  #low = 0;
  #high = 0;
  #openCount: number;

  constructor(calls: readonly Call<Input, Output>[], model: Model<State, Input, Output>) {
    this.#calls = [...calls].sort((left, right) => left.invoked - right.invoked);
    this.#model = model;
    this.#isTaken = new Uint8Array(calls.length);
    this.#predecessors = predecessorsOf(this.#calls);
    this.#ordered = orderedOf(this.#calls);
    const prng = new Prng(calls.length);
    this.#words = Uint32Array.from({ length: 2 * calls.length }, () => prng.uint32());
    this.#openCount = calls.filter(({ completed }) => completed !== null).length;
  }

  run(stepsMax: number): Verdict {
    const { initial } = this.#model;
    const stack: Frame<State>[] = [this.#frame(-1, initial)];
    for (let steps = 0; steps < stepsMax; steps++) {
      if (this.#openCount === 0) return 'linearizable';
      const frame = stack.at(-1)!;
      const index = frame.candidates[frame.next];
      frame.next++;
      if (index === undefined) {
        stack.pop();
        if (frame.taken === -1) return 'violation';
        this.#toggle(frame.taken);
        continue;
      }
      const state = this.#tryCall(index, frame.state);
      if (state !== null) stack.push(this.#frame(index, state));
    }
    return 'undecided';
  }

  #frame(taken: number, state: State): Frame<State> {
    return { taken, state, candidates: this.#candidates(), next: 0 };
  }

  /** Takes a call if it fits and leads to something new; returns the state after it. */
  #tryCall(index: number, state: State): State | null {
    const { input, output, completed } = this.#calls[index]!;
    const next = this.#model.step(state, input, output);
    if (next === null) return null;
    const key = this.#model.key(next);
    // One that may never have happened and changes nothing is only worth taking for its line's sake.
    const isIdle = completed === null && key === this.#model.key(state);
    if (isIdle && this.#calls[index]!.line === undefined) return null;
    this.#toggle(index);
    const entry = `${this.#low},${this.#high},${key}`;
    if (this.#tried.has(entry)) {
      this.#toggle(index);
      return null;
    }
    this.#tried.add(entry);
    return next;
  }

  /** Calls that may come next: those that began before any that is left had ended. Known ones first. */
  #candidates(): number[] {
    const known: number[] = [];
    const unknown: number[] = [];
    const nextOrder = this.#nextOrder();
    let endsFirst = Number.POSITIVE_INFINITY;
    for (const [index, { invoked, completed, order }] of this.#calls.entries()) {
      if (invoked > endsFirst) break;
      if (this.#isTaken[index] === 1) continue;
      if (completed !== null) endsFirst = Math.min(endsFirst, completed);
      if (order !== undefined && nextOrder !== null && order > nextOrder) continue;
      const predecessor = this.#predecessors[index]!;
      if (predecessor !== -1 && this.#isTaken[predecessor] === 0) continue;
      (completed === null ? unknown : known).push(index);
    }
    return [...known, ...unknown];
  }

  #nextOrder(): bigint | null {
    for (const index of this.#ordered) {
      if (this.#isTaken[index] === 0) return this.#calls[index]!.order ?? null;
    }
    return null;
  }

  #toggle(index: number): void {
    const isTaken = this.#isTaken[index] === 0;
    this.#isTaken[index] = isTaken ? 1 : 0;
    if (this.#calls[index]!.completed !== null) this.#openCount += isTaken ? -1 : 1;
    this.#low ^= this.#words[2 * index]!;
    this.#high ^= this.#words[2 * index + 1]!;
  }
}

function predecessorsOf(calls: readonly { line?: string }[]): Int32Array {
  const last = new Map<string, number>();
  return Int32Array.from(calls, ({ line }, index) => {
    if (line === undefined) return -1;
    const predecessor = last.get(line) ?? -1;
    last.set(line, index);
    return predecessor;
  });
}

function orderedOf(calls: readonly { order?: bigint; completed: number | null }[]): number[] {
  const indexes = [...calls.keys()].filter(
    (index) => calls[index]!.order !== undefined && calls[index]!.completed !== null,
  );
  return indexes.sort((left, right) => Number(calls[left]!.order! - calls[right]!.order!));
}
