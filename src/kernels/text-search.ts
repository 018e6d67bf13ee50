import {
  SEARCH_BYTES,
  SEARCH_CLASSES,
  SEARCH_DONE,
  SEARCH_END_CLASS,
  SEARCH_ENTRY,
  SEARCH_FULL,
  SEARCH_LOG,
  SEARCH_LOG_FULL,
  SEARCH_LOG_STEPS,
  SEARCH_MATCHES,
  SEARCH_STAGE,
  SEARCH_START,
  SEARCH_STARTS,
  SEARCH_TABLE,
  SEARCH_TRACE_STARTS,
  SEARCH_TRACES,
  SEARCH_TRANSITION,
  STAGE_SEARCH,
  STAGE_TEXT,
} from '../../assembly/layout.ts';
import { REGEXP_CLEARS_MAX, REGEXP_LOG_STEPS_MAX } from '../base/limits.ts';
import type { LazyAutomaton } from './automaton.ts';
import type { KernelInstance } from './instance.ts';
import type { Scratch } from './scratch.ts';

/** Room for matches in linear memory, from where they are fetched. */
const MATCHES_BYTES = 65_536;
const CLASSES_BYTES = 256;

/** Where the texts lie that are searched: UTF-8 behind `count` + 1 u32 offsets. */
export interface TextPlaces {
  readonly offsets: number;
  readonly bytes: number;
  readonly length: number;
}

/** Matches of texts: for each the index of its text's code and its places, `words` numbers together. */
export interface TextMatches {
  readonly data: Uint32Array;
  readonly count: number;
  readonly words: number;
  /** Indexes of codes whose texts the automaton is not fit for, ascending; matches of them mean nothing. */
  readonly rest: readonly number[];
}

/**
 * A regular expression's automaton in linear memory, where kernels run it. They stop at a transition that
 * is missing; it is made then, and they go on.
 */
export class TextSearch {
  readonly #automaton: LazyAutomaton;
  readonly #kernels: KernelInstance;
  /** Address of what is drawn in `assembly/layout.ts`. */
  readonly #search: number;
  readonly #matches: number;
  #rest: number[] = [];
  /** The entry and the start of the search that was begun again when the automaton last had no room. */
  #restarted = '';

  /** Scratch memory that a search takes. */
  static bytesFor(automaton: LazyAutomaton): number {
    const { table, traceStarts, traces, starts } = automaton;
    const words = table.length + traceStarts.length + traces.length + starts.length;
    return 4 * words + 8 * REGEXP_LOG_STEPS_MAX + MATCHES_BYTES + 1024;
  }

  /** @param scratch has `bytesFor` the automaton, which are in use as long as the search is. */
  constructor(automaton: LazyAutomaton, kernels: KernelInstance, scratch: Scratch) {
    this.#automaton = automaton;
    this.#kernels = kernels;
    this.#search = scratch.allocate(SEARCH_BYTES);
    const { table, traceStarts, traces, starts, classes, endClass } = automaton;
    this.#set(SEARCH_TABLE, scratch.allocate(table.byteLength));
    this.#set(SEARCH_TRACE_STARTS, scratch.allocate(traceStarts.byteLength));
    this.#set(SEARCH_TRACES, scratch.allocate(traces.byteLength));
    this.#set(SEARCH_STARTS, scratch.allocate(starts.byteLength));
    this.#set(SEARCH_CLASSES, scratch.allocate(CLASSES_BYTES));
    this.#set(SEARCH_LOG, scratch.allocate(8 * REGEXP_LOG_STEPS_MAX));
    this.#set(SEARCH_LOG_STEPS, REGEXP_LOG_STEPS_MAX);
    this.#set(SEARCH_END_CLASS, endClass);
    kernels.u8.set(classes, this.#get(SEARCH_CLASSES));
    this.#matches = scratch.allocate(MATCHES_BYTES);
    this.#copyAll();
  }

  /**
   * Sets the bits of codes whose texts have a match.
   *
   * @param set address of a mask over all codes.
   * @param codes address of codes, or 0 for all of them.
   * @param from index of the first one to look at.
   * @param end index after the last one.
   * @returns indexes for which the automaton is not fit.
   */
  test(
    set: number,
    texts: TextPlaces,
    codes: number,
    from: number,
    end: number,
  ): readonly number[] {
    const { offsets, bytes, length } = texts;
    this.#begin(from);
    while (this.#get(SEARCH_ENTRY) < end) {
      const { run } = this.#kernels;
      const status = run.testTexts(set, this.#search, offsets, bytes, length, codes, end);
      if (status === SEARCH_DONE) break;
      this.#makeWay(status, end);
    }
    return this.#rest;
  }

  /** Finds the first match, or all, in texts; codes as for `test`. */
  find(
    texts: TextPlaces,
    codes: number,
    from: number,
    end: number,
    firstOnly: boolean,
  ): TextMatches {
    const words = this.#automaton.slotCount + 1;
    const room = Math.floor(MATCHES_BYTES / (4 * words));
    const { offsets, bytes, length } = texts;
    const pieces: Uint32Array[] = [];
    this.#begin(from);
    while (this.#get(SEARCH_ENTRY) < end) {
      const status = this.#kernels.run.findTexts(
        this.#matches,
        room,
        this.#automaton.slotCount,
        Number(firstOnly),
        this.#search,
        offsets,
        bytes,
        length,
        codes,
        end,
      );
      if (status === SEARCH_DONE || status === SEARCH_FULL) pieces.push(this.#takeMatches(words));
      if (status === SEARCH_DONE) break;
      if (status !== SEARCH_FULL) this.#makeWay(status, end);
    }
    if (this.#get(SEARCH_MATCHES) > 0) pieces.push(this.#takeMatches(words));
    const data = pieces.length === 1 ? pieces[0]! : concat(pieces);
    return { data, count: data.length / words, words, rest: this.#rest };
  }

  #takeMatches(words: number): Uint32Array {
    const first = this.#matches / 4;
    const taken = this.#kernels.u32.slice(first, first + this.#get(SEARCH_MATCHES) * words);
    this.#set(SEARCH_MATCHES, 0);
    return taken;
  }

  #begin(from: number): void {
    this.#rest = [];
    this.#restarted = '';
    this.#set(SEARCH_ENTRY, from);
    this.#set(SEARCH_STAGE, STAGE_TEXT);
    this.#set(SEARCH_MATCHES, 0);
  }

  /** Does what a kernel has stopped for, or leaves the text out. */
  #makeWay(status: number, end: number): void {
    if (status === SEARCH_LOG_FULL) {
      this.#leaveOut(1);
      return;
    }
    const change = this.#automaton.add(this.#get(SEARCH_TRANSITION));
    if (change !== null) {
      for (const [from, to] of change.table) this.#copyTable(from, to);
      this.#copy(SEARCH_TRACES, this.#automaton.traces, ...change.traces);
      return;
    }
    this.#copyAll();
    const entry = this.#get(SEARCH_ENTRY);
    const restarted = `${entry} ${this.#get(SEARCH_START)}`;
    if (this.#automaton.clearCount > REGEXP_CLEARS_MAX) this.#leaveOut(end - entry);
    else if (this.#restarted === restarted) this.#leaveOut(1);
    else this.#set(SEARCH_STAGE, STAGE_SEARCH);
    this.#restarted = restarted;
  }

  #leaveOut(count: number): void {
    const entry = this.#get(SEARCH_ENTRY);
    for (let index = 0; index < count; index++) this.#rest.push(entry + index);
    this.#set(SEARCH_ENTRY, entry + count);
    this.#set(SEARCH_STAGE, STAGE_TEXT);
  }

  #copyAll(): void {
    const { used, traces, starts } = this.#automaton;
    this.#copyTable(0, used.table);
    this.#copy(SEARCH_TRACES, traces, 0, used.traces);
    this.#copy(SEARCH_STARTS, starts, 0, starts.length);
  }

  #copyTable(from: number, end: number): void {
    const { table, traceStarts } = this.#automaton;
    this.#copy(SEARCH_TABLE, table, from, end);
    this.#copy(SEARCH_TRACE_STARTS, traceStarts, from, end);
  }

  #copy(field: number, words: Uint32Array, from: number, end: number): void {
    this.#kernels.u32.set(words.subarray(from, end), this.#get(field) / 4 + from);
  }

  #get(field: number): number {
    return this.#kernels.u32[(this.#search + field) / 4]!;
  }

  #set(field: number, value: number): void {
    this.#kernels.u32[(this.#search + field) / 4] = value;
  }
}

function concat(pieces: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of pieces) {
    all.set(piece, end);
    end += piece.length;
  }
  return all;
}
