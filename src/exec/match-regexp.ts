import { PART_BYTES } from '../../assembly/layout.ts';
import { encodeUtf8 } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import { REGEXP_SLICE_TEXTS } from '../base/limits.ts';
import type { Regexp } from '../base/regexp/regexp.ts';
import { wellFormedText } from '../base/text-order.ts';
import { automatonOf } from '../kernels/automaton.ts';
import { TextSearch } from '../kernels/text-search.ts';
import type { Call, Expression } from '../sql/expression.ts';
import type { ExecutionContext } from './context.ts';
import { regexpOf } from './functions/regexps.ts';
import type { SegmentDictionary } from './segment-dictionary.ts';

/** A shorter text is in too many texts for a search of its own to pay. */
const REQUIRED_LENGTH_MIN = 3;

/**
 * The entries of a dictionary in which the pattern of a REGEXP_LIKE matches: the address of a mask in state
 * memory. Null when the pattern is wrong or no literal, or an automaton is not fit for it: that is then
 * for those to find who evaluate the call.
 */
export function matchRegexp(
  call: Call,
  dictionary: SegmentDictionary,
  context: ExecutionContext,
): number | null {
  const regexp = literalRegexp(call);
  const automaton = regexp === null ? null : automatonOf(regexp, null);
  if (regexp === null || automaton === null || !dictionary.isUtf8) return null;
  const { kernels, state, batch } = context;
  const { length } = dictionary;
  const maskBytes = Math.ceil(length / 64) * 8;
  if (TextSearch.bytesFor(automaton) + 4 * length + 2 * maskBytes > batch.freeBytes) return null;
  const set = state.allocate(maskBytes);
  kernels.run.fillBytes(set, 0, maskBytes);
  const mark = batch.mark();
  const search = new TextSearch(automaton, kernels, batch);
  const { codes, count } = candidates(regexp, dictionary, context);
  for (let from = 0; from < count; from += REGEXP_SLICE_TEXTS) {
    context.control.checkpoint();
    const end = Math.min(count, from + REGEXP_SLICE_TEXTS);
    for (const index of search.test(set, dictionary, codes, from, end)) {
      const code = codes === 0 ? index : kernels.u32[codes / 4 + index]!;
      if (regexp.test(dictionary.at(code))) kernels.u8[set + (code >> 3)]! |= 1 << (code & 7);
    }
  }
  batch.release(mark);
  return set;
}

function literalRegexp(call: Call): Regexp | null {
  const [pattern, flags] = call.args.slice(1).map(literalText);
  if (pattern === undefined || pattern === null || flags === null) return null;
  try {
    return regexpOf(call, pattern, flags ?? '');
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}

function literalText(expression: Expression): string | null {
  return expression.kind === 'literal' && typeof expression.value === 'string'
    ? expression.value
    : null;
}

/** Codes of the texts that have what every match has: all of them, as address 0, when nothing is known. */
function candidates(
  { required }: Regexp,
  { offsets, bytes, length }: SegmentDictionary,
  { kernels, batch }: ExecutionContext,
): { readonly codes: number; readonly count: number } {
  if (required.length < REQUIRED_LENGTH_MIN || wellFormedText(required) !== required) {
    return { codes: 0, count: length };
  }
  const { run, u8, u32 } = kernels;
  const utf8 = encodeUtf8(required);
  const text = batch.allocate(utf8.length);
  u8.set(utf8, text);
  const parts = batch.allocate(3 * PART_BYTES);
  u32.set([text, 0, text, utf8.length, text, 0], parts / 4);
  const words = Math.ceil(length / 64);
  const mask = batch.allocate(8 * words);
  run.matchTexts(mask, offsets, bytes, length, parts, 3);
  const codes = batch.allocate(4 * length);
  return { codes, count: run.bitmapToIndexes(codes, mask, words) };
}
