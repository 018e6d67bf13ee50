import {
  AUTOMATON_DEAD,
  AUTOMATON_MATCH,
  AUTOMATON_MISSING,
  AUTOMATON_SKIP,
} from '../../assembly/layout.ts';
import {
  REGEXP_CLEARS_MAX,
  REGEXP_TRACE_WORDS_MAX,
  REGEXP_TRANSITIONS_MAX,
} from '../base/limits.ts';
import { type ByteProgram, SIDE, sideOf } from '../base/regexp/byte-program.ts';
import { OPERATION } from '../base/regexp/compile.ts';
import type { Assertion } from '../base/regexp/node.ts';
import type { Regexp } from '../base/regexp/regexp.ts';

/** The automata of an expression by the number of their places. */
const automata = new WeakMap<Regexp, Map<number, LazyAutomaton>>();

/**
 * The automaton of a regular expression, always the same for as many groups.
 *
 * @param groupCount how many groups' places are wanted; null when no places are.
 * @returns null where an automaton is not fit: for too many groups, characters or states.
 */
export function automatonOf(regexp: Regexp, groupCount: number | null): LazyAutomaton | null {
  const slotCount = groupCount === null ? 0 : 2 * (groupCount + 1);
  if (slotCount > AUTOMATON_SLOTS_MAX || regexp.bytes === null) return null;
  let ofRegexp = automata.get(regexp);
  if (ofRegexp === undefined) {
    ofRegexp = new Map();
    automata.set(regexp, ofRegexp);
  }
  let automaton = ofRegexp.get(slotCount);
  if (automaton === undefined) {
    automaton = new LazyAutomaton(regexp.bytes, slotCount);
    ofRegexp.set(slotCount, automaton);
  }
  return automaton.clearCount > REGEXP_CLEARS_MAX ? null : automaton;
}

/** Places whose saving fits beside the number of a thread in one word. */
const AUTOMATON_SLOTS_MAX = 16;

/** Skipping is tried for bytes that are this rare: no more of ASCII's characters end it. */
const EXITS_MAX = 16;
const ASCII_COUNT = 128;

/** What `LazyAutomaton.add` has changed: words of its arrays, from a first one up to an end. */
export interface Change {
  readonly table: readonly (readonly [number, number])[];
  readonly traces: readonly [number, number];
}

/**
 * A deterministic automaton over the bytes of UTF-8 whose transitions are made when a text first asks for
 * them (Aho, Sethi and Ullman, Compilers, 3.7; Cox, "Regular Expression Matching in the Wild", 2010). A
 * state is the list of the threads that Pike's machine would have, in order of preference, before they
 * follow the instructions that read nothing: those ask what stands on both sides of the place, which is
 * known with the next byte. So a match shows one byte late, or at the end, which has a class of its own.
 *
 * `assembly/layout.ts` draws the arrays, on which the kernels run. Each transition has a trace: which thread
 * each of the threads after it was before, and which places it has saved. Following it back from the
 * match gives the places of all groups.
 */
export class LazyAutomaton {
  /** Rows of transitions, one a state. */
  readonly table = new Uint32Array(REGEXP_TRANSITIONS_MAX);
  /** For each transition, where its trace starts in `traces`. */
  readonly traceStarts = new Uint32Array(REGEXP_TRANSITIONS_MAX);
  /** The thread that matched, then those of the target: thread before | places saved << 16. */
  readonly traces = new Uint32Array(REGEXP_TRACE_WORDS_MAX);
  /** Row of the state at which a search starts after a byte of each class; the last at the text's start. */
  readonly starts: Uint32Array;
  readonly classes: Uint8Array;
  /** The class of the end, which is also the number of those of bytes. */
  readonly endClass: number;
  /** Words of a row: the classes, the end, and five that say what may be skipped. */
  readonly rowWords: number;
  readonly #bytes: ByteProgram;
  /** Places that traces tell. */
  readonly slotCount: number;
  readonly #isWanted: (slot: number) => boolean;
  #rows = new Map<string, number>();
  #states: State[] = [];
  #traceEnd = 0;
  #clearCount = 0;
  readonly #walk: Walk;

  /** @param slotCount places that traces tell: at most `AUTOMATON_SLOTS_MAX`. */
  constructor(bytes: ByteProgram, slotCount: number) {
    this.#bytes = bytes;
    this.slotCount = slotCount;
    this.#isWanted = (slot) => slot < this.slotCount;
    this.#walk = new Walk(bytes);
    this.classes = bytes.classes;
    this.endClass = bytes.members.length;
    this.rowWords = this.endClass + 1 + SKIP_WORDS;
    this.starts = new Uint32Array(this.endClass + 1);
    this.#reset();
  }

  /** How often everything was forgotten to make room. */
  get clearCount(): number {
    return this.#clearCount;
  }

  /** Words of `table` and `traceStarts` in use, and of `traces`. */
  get used(): { readonly table: number; readonly traces: number } {
    return { table: this.#states.length * this.rowWords, traces: this.#traceEnd };
  }

  /**
   * Makes a transition.
   *
   * @param transition its place in `table`: the row of a state and a class.
   * @returns what changed, or null when there was no room and everything was forgotten.
   */
  add(transition: number): Change | null {
    const index = Math.floor(transition / this.rowWords);
    const row = index * this.rowWords;
    const symbol = transition - row;
    const step = this.#step(this.#states[index]!, symbol);
    const hasRoom =
      (this.#states.length + 1) * this.rowWords <= this.table.length &&
      this.#traceEnd + 1 + step.words.length <= this.traces.length;
    if (!hasRoom) {
      this.#clearCount++;
      this.#reset();
      return null;
    }
    const known = this.#states.length;
    const traceStart = this.#traceEnd;
    const target = this.#rowOf({ items: step.items, side: this.#sideAfter(symbol) });
    this.traceStarts[transition] = traceStart;
    this.traces[traceStart] = step.match ?? 0;
    this.traces.set(step.words, traceStart + 1);
    this.#traceEnd += 1 + step.words.length;
    let value = target | (step.match === null ? 0 : AUTOMATON_MATCH);
    if (step.items.length === 0) value |= AUTOMATON_DEAD;
    if (target === row && isIdentity(step) && this.#canSkip(index)) value |= AUTOMATON_SKIP;
    this.table[transition] = value;
    const table: [number, number][] = [[row, row + this.rowWords]];
    if (this.#states.length > known) table.push([target, target + this.rowWords]);
    return { table, traces: [traceStart, this.#traceEnd] };
  }

  #reset(): void {
    this.#rows = new Map();
    this.#states = [];
    this.#traceEnd = 0;
    const items = Int32Array.of(this.#bytes.search);
    for (let symbol = 0; symbol <= this.endClass; symbol++) {
      const side = symbol === this.endClass ? SIDE.edge : sideOf(this.#bytes.members[symbol]!);
      const asked = side & this.#bytes.sidesBefore;
      this.starts[symbol] = this.#rowOf({ items, side: asked });
    }
  }

  #sideAfter(symbol: number): number {
    if (symbol === this.endClass) return 0;
    return sideOf(this.#bytes.members[symbol]!) & this.#bytes.sidesBefore;
  }

  #rowOf(state: State): number {
    const key = `${state.side} ${state.items.join()}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#states.length * this.rowWords;
      this.#states.push(state);
      this.#rows.set(key, row);
      this.table.fill(AUTOMATON_MISSING, row, row + this.rowWords - SKIP_WORDS);
      this.table.fill(0, row + this.rowWords - SKIP_WORDS, row + this.rowWords);
    }
    return row;
  }

  /** Moves the threads of a state over a byte of a class, or over the end. */
  #step(state: State, symbol: number): Step {
    const isEnd = symbol === this.endClass;
    const byte = isEnd ? null : this.#bytes.members[symbol]!;
    return this.#walk.step(state, byte, this.#isWanted);
  }

  /** Writes which bytes leave a state that others keep as it is; false when too many do. */
  #canSkip(index: number): boolean {
    const state = this.#states[index]!;
    const stays = this.#bytes.members.map((_, symbol) => {
      if (this.#sideAfter(symbol) !== state.side) return false;
      const step = this.#step(state, symbol);
      return isIdentity(step) && sameItems(step.items, state.items);
    });
    const nibbles = new Uint8Array(16);
    let exitCount = 0;
    for (let byte = 0; byte < ASCII_COUNT; byte++) {
      if (stays[this.classes[byte]!]) continue;
      exitCount++;
      nibbles[byte & 15]! |= 1 << (byte >> 4);
    }
    if (exitCount > EXITS_MAX) return false;
    const areOthersExits = this.classes.subarray(ASCII_COUNT).some((symbol) => !stays[symbol]);
    const skip = (index + 1) * this.rowWords - SKIP_WORDS;
    this.table.set(new Uint32Array(nibbles.buffer), skip);
    this.table[skip + SKIP_WORDS - 1] = areOthersExits ? ASCII_COUNT : 0;
    return true;
  }
}

/** Sixteen bytes of exits by their low bits, and what of a byte makes all beyond ASCII exits. */
const SKIP_WORDS = 5;

interface State {
  readonly items: Int32Array;
  /** What stands before, as far as assertions ask. */
  readonly side: number;
}

interface Step {
  readonly items: Int32Array;
  /** One word of trace for each of the items. */
  readonly words: readonly number[];
  /** The trace of the thread that matched before the byte, or null when none did. */
  readonly match: number | null;
}

function isIdentity({ words, match }: Step): boolean {
  return match === null && words.every((word, index) => word === index);
}

function sameItems(left: Int32Array, right: Int32Array): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

/** Threads on their way over one byte. */
class Walk {
  readonly #bytes: ByteProgram;
  /** When each item was last visited, and last reached by reading; by the number of the step. */
  readonly #visited: Uint32Array;
  readonly #reached: Uint32Array;
  #stepNumber = 0;
  #items: number[] = [];
  #words: number[] = [];

  constructor(bytes: ByteProgram) {
    this.#bytes = bytes;
    this.#visited = new Uint32Array(bytes.edges.length);
    this.#reached = new Uint32Array(bytes.edges.length);
  }

  /** @param byte null at the end. */
  step(state: State, byte: number | null, isWanted: (slot: number) => boolean): Step {
    this.#stepNumber++;
    this.#items = [];
    this.#words = [];
    const after = byte === null ? SIDE.edge : sideOf(byte);
    let match: number | null = null;
    for (let thread = 0; thread < state.items.length && match === null; thread++) {
      match = this.#follow(state.items[thread]!, thread, state.side, after, byte, isWanted);
    }
    return { items: Int32Array.from(this.#items), words: this.#words, match };
  }

  /** Follows one thread to all that reads; the word of its trace when it matches first. */
  #follow(
    start: number,
    thread: number,
    before: number,
    after: number,
    byte: number | null,
    isWanted: (slot: number) => boolean,
  ): number | null {
    const { program, edges, search, onward } = this.#bytes;
    const stack = [start, thread];
    while (stack.length > 0) {
      const word = stack.pop()!;
      const item = stack.pop()!;
      if (this.#visited[item] === this.#stepNumber) continue;
      this.#visited[item] = this.#stepNumber;
      if (item === search) {
        stack.push(onward, word, 0, word);
        continue;
      }
      const own = edges[item];
      if (own !== undefined) {
        if (byte !== null) this.#read(own, byte, word);
        continue;
      }
      const operand = program.first[item]!;
      switch (program.operations[item]) {
        case OPERATION.match:
          return word >>> 0;
        case OPERATION.jump:
          stack.push(operand, word);
          break;
        case OPERATION.split:
          stack.push(program.second[item]!, word, operand, word);
          break;
        case OPERATION.save:
          stack.push(item + 1, isWanted(operand) ? word | (1 << (16 + operand)) : word);
          break;
        case OPERATION.assertion:
          if (holds(program.assertions[operand]!, before, after)) stack.push(item + 1, word);
          break;
      }
    }
    return null;
  }

  #read(edges: ByteProgram['edges'][number] & object, byte: number, word: number): void {
    for (const { low, high, next } of edges) {
      if (byte < low || byte > high || this.#reached[next] === this.#stepNumber) continue;
      this.#reached[next] = this.#stepNumber;
      this.#items.push(next);
      this.#words.push(word >>> 0);
    }
  }
}

function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case 'text_start':
      return (before & SIDE.edge) !== 0;
    case 'text_end':
      return (after & SIDE.edge) !== 0;
    case 'line_start':
      return (before & (SIDE.edge | SIDE.lineBreak)) !== 0;
    case 'line_end':
      return (after & (SIDE.edge | SIDE.lineBreak)) !== 0;
    case 'word_boundary':
      return ((before ^ after) & SIDE.word) !== 0;
    case 'no_word_boundary':
      return ((before ^ after) & SIDE.word) === 0;
  }
}
