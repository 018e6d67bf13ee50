import type { Regexp } from '../../base/regexp/regexp.ts';
import { isText } from '../../base/types.ts';
import { automatonOf } from '../../kernels/automaton.ts';
import { type TextMatches, type TextPlaces, TextSearch } from '../../kernels/text-search.ts';
import type { Call } from '../../sql/expression.ts';
import { SegmentDictionary } from '../segment-dictionary.ts';
import type { TextDictionary, TextVector, Vector } from '../vector.ts';
import { newFlatData, setFlat } from '../vector-build.ts';
import { ByteTexts } from './byte-texts.ts';
import type { EvaluationContext, Invocation } from './implementation.ts';
import { isEntryMemoWorthIt, type ScalarResult } from './text-apply.ts';

/** Bytes of texts that are searched at once: their matches wait on the heap. */
const CHUNK_BYTES = 262_144;
/** Bytes of UTF-8 that a UTF-16 unit may take. */
const UNIT_BYTES_MAX = 3;

/** Where the bytes of one text lie. */
export interface TextBytes {
  readonly memory: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What a function makes of the matches of a regular expression in its first argument. */
export interface MatchWork {
  readonly regexp: Regexp;
  /** Groups whose places it needs. */
  readonly groupCount: number;
  /** Whether the first match of a text is enough. */
  readonly firstOnly: boolean;
  /**
   * The result for a text, from the matches from `first` up to `end`. A function that returns text appends
   * it to `texts`, and says whether there is one; others return a number.
   */
  readonly result: (
    text: TextBytes,
    matches: TextMatches,
    first: number,
    end: number,
    texts: ByteTexts,
  ) => number | boolean;
}

/**
 * Applies a function of matches to the bytes of a text, once for each of its entries.
 *
 * @param scalar does the same for one text, where the automaton is not fit.
 * @returns null when there is no automaton, or no memory for it.
 */
export function applyToMatches(
  text: TextVector,
  work: MatchWork,
  scalar: (text: string) => ScalarResult,
  { call, rowCount, nulls, context }: Invocation,
): Vector | null {
  const { scratch, kernels } = context;
  const automaton = automatonOf(work.regexp, work.groupCount);
  if (automaton === null) return null;
  const neededBytes = TextSearch.bytesFor(automaton) + 2 * CHUNK_BYTES + 8 * rowCount;
  if (neededBytes > scratch.freeBytes) return null;
  const results = resultsFor(call, text.dictionary, rowCount);
  const entries = unknownEntries(results, text.codes, nulls);
  const mark = scratch.mark();
  const search = new TextSearch(automaton, kernels, scratch);
  try {
    new EntrySearch(work, scalar, results, search, context).run(text.dictionary, entries);
  } catch (error) {
    kept.delete(call);
    throw error;
  }
  scratch.release(mark);
  return vectorOf(call, results, text.codes, nulls);
}

/** Results by entry, or by row where entries are too many to keep them. */
interface EntryResults {
  readonly dictionary: TextDictionary;
  readonly isByEntry: boolean;
  /** A number, also that of a text in `texts`; or one of `RESULT`. */
  readonly values: Int32Array;
  readonly texts: ByteTexts;
}

const RESULT = { unknown: -1, null: -2, asked: -3 } as const;

/** The results of a call on its latest dictionary. */
const kept = new WeakMap<Call, EntryResults>();

function resultsFor(call: Call, dictionary: TextDictionary, rowCount: number): EntryResults {
  const known = kept.get(call);
  if (known?.dictionary === dictionary) return known;
  const isByEntry = isEntryMemoWorthIt(dictionary, rowCount);
  const count = isByEntry ? dictionary.length : rowCount;
  const values = new Int32Array(count).fill(RESULT.unknown);
  const results = {
    dictionary,
    isByEntry,
    values,
    texts: new ByteTexts(call, isByEntry ? count : 0),
  };
  if (isByEntry) kept.set(call, results);
  return results;
}

/** Codes whose results are asked for, and where those go. */
interface Entries {
  readonly codes: Uint32Array;
  readonly targets: Uint32Array;
}

function unknownEntries(
  { values, isByEntry }: EntryResults,
  codes: Uint32Array,
  nulls: Uint8Array | null,
): Entries {
  const wanted = new Uint32Array(codes.length);
  const targets = new Uint32Array(codes.length);
  let count = 0;
  for (let row = 0; row < codes.length; row++) {
    if (nulls?.[row] === 1) continue;
    const target = isByEntry ? codes[row]! : row;
    if (values[target] !== RESULT.unknown) continue;
    values[target] = RESULT.asked;
    wanted[count] = codes[row]!;
    targets[count++] = target;
  }
  return { codes: wanted.subarray(0, count), targets: targets.subarray(0, count) };
}

function vectorOf(
  { type }: Call,
  { values, texts, isByEntry }: EntryResults,
  codes: Uint32Array,
  argumentNulls: Uint8Array | null,
): Vector {
  const { length } = codes;
  const own = new Int32Array(length);
  let nulls = argumentNulls;
  for (let row = 0; row < length; row++) {
    if (argumentNulls?.[row] === 1) continue;
    const value = values[isByEntry ? codes[row]! : row]!;
    if (value >= 0) {
      own[row] = value;
      continue;
    }
    if (nulls === argumentNulls) nulls = argumentNulls?.slice() ?? new Uint8Array(length);
    nulls![row] = 1;
  }
  if (isText(type)) {
    // NULL rows need some entry to point at.
    const dictionary = texts.texts.length === 0 ? [''] : texts.texts;
    return { kind: 'text', type, codes: new Uint32Array(own.buffer), dictionary, nulls };
  }
  const data = newFlatData(type, length);
  for (let row = 0; row < length; row++) setFlat(data, row, own[row]!);
  return { kind: 'flat', type, data, nulls };
}

/** Searches the texts of entries chunk by chunk, and makes their results. */
class EntrySearch {
  readonly #work: MatchWork;
  readonly #scalar: (text: string) => ScalarResult;
  readonly #results: EntryResults;
  readonly #search: TextSearch;
  readonly #context: EvaluationContext;

  constructor(
    work: MatchWork,
    scalar: (text: string) => ScalarResult,
    results: EntryResults,
    search: TextSearch,
    context: EvaluationContext,
  ) {
    this.#work = work;
    this.#scalar = scalar;
    this.#results = results;
    this.#search = search;
    this.#context = context;
  }

  run(dictionary: TextDictionary, entries: Entries): void {
    if (dictionary instanceof SegmentDictionary && dictionary.isUtf8) {
      this.#runInPlace(dictionary, entries);
    } else {
      this.#runOnCopies(dictionary, entries);
    }
    this.#results.texts.flush();
  }

  #runInPlace(dictionary: SegmentDictionary, entries: Entries): void {
    const { kernels, scratch } = this.#context;
    const { codes } = entries;
    const address = scratch.allocate(codes.byteLength);
    kernels.u32.set(codes, address / 4);
    const offsets = dictionary.offsets / 4;
    for (let from = 0; from < codes.length; ) {
      let end = from;
      for (let bytes = 0; end < codes.length && bytes < CHUNK_BYTES; end++) {
        const offset = offsets + codes[end]!;
        bytes += kernels.u32[offset + 1]! - kernels.u32[offset]!;
      }
      const matches = this.#search.find(dictionary, address, from, end, this.#work.firstOnly);
      this.#take(dictionary, dictionary, entries, matches, { from, end, shift: 0 });
      from = end;
    }
  }

  /** Texts that are not in linear memory are put there; those that are too long go one by one. */
  #runOnCopies(dictionary: TextDictionary, entries: Entries): void {
    const { kernels, scratch } = this.#context;
    const { codes, targets } = entries;
    const offsets = scratch.allocate(4 * codes.length + 4);
    const bytes = scratch.allocate(CHUNK_BYTES);
    const encoder = new TextEncoder();
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (let from = 0; from < codes.length; ) {
      let end = from;
      let used = 0;
      kernels.u32[offsets / 4] = 0;
      for (; end < codes.length; end++) {
        const text = dictionary.at(codes[end]!)!;
        if (used + UNIT_BYTES_MAX * text.length > CHUNK_BYTES) break;
        used += encoder.encodeInto(text, buffer.subarray(used)).written;
        kernels.u32[offsets / 4 + end - from + 1] = used;
      }
      if (end === from) {
        this.#store(targets[from]!, this.#scalar(dictionary.at(codes[from]!)!));
        from++;
        continue;
      }
      kernels.u8.set(buffer.subarray(0, used), bytes);
      const texts = { offsets, bytes, length: end - from };
      const matches = this.#search.find(texts, 0, 0, end - from, this.#work.firstOnly);
      this.#take(dictionary, texts, entries, matches, { from, end, shift: from });
      from = end;
    }
  }

  /** Makes results of the matches of some entries, which those number from `shift` on. */
  #take(
    dictionary: TextDictionary,
    texts: TextPlaces,
    { codes, targets }: Entries,
    matches: TextMatches,
    { from, end, shift }: { readonly from: number; readonly end: number; readonly shift: number },
  ): void {
    const { u8: memory, u32 } = this.#context.kernels;
    const { data, words, rest } = matches;
    const isCopied = !(texts instanceof SegmentDictionary);
    let [match, out] = [0, 0];
    for (let index = from; index < end; index++) {
      const first = match;
      while (data[match * words] === index - shift) match++;
      const target = targets[index]!;
      if (rest[out] === index - shift) {
        out++;
        this.#store(target, this.#scalar(dictionary.at(codes[index]!)!));
        continue;
      }
      const offset = texts.offsets / 4 + (isCopied ? index - shift : codes[index]!);
      const start = texts.bytes + u32[offset]!;
      const text = { memory, start, end: texts.bytes + u32[offset + 1]! };
      const made = this.#results.texts;
      const result = this.#work.result(text, matches, first, match, made);
      if (typeof result === 'number') this.#results.values[target] = result;
      else this.#results.values[target] = result ? made.finish() : RESULT.null;
    }
  }

  #store(target: number, result: ScalarResult): void {
    const { values, texts } = this.#results;
    if (result === null) values[target] = RESULT.null;
    else values[target] = typeof result === 'string' ? texts.add(result) : Number(result);
  }
}
