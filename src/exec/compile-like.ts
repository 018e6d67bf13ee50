import { PART_BYTES } from '../../assembly/layout.ts';
import { encodeUtf8 } from '../base/bytes.ts';
import { wellFormedText } from '../base/text-order.ts';
import type { Call } from '../sql/expression.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { matchRegexp } from './match-regexp.ts';
import {
  type CodedColumnView,
  codedView,
  dictionaryText,
  type SegmentView,
} from './segment-view.ts';

/** Codes that satisfy a predicate on their texts. */
export interface MatchedCodes {
  readonly column: CodedColumnView;
  /** Address of a bitmap over codes, in state memory. */
  readonly set: number;
}

/**
 * LIKE and REGEXP_LIKE of a text column with a literal pattern, and their opposites: the dictionary is
 * searched where it lies.
 *
 * @returns null for anything else, and for patterns with `_` or an ESCAPE.
 */
export function compileLike(
  call: Call,
  segment: SegmentView,
  context: ExecutionContext,
): MatchedCodes | null {
  if (call.function === 'not') {
    const [inner] = call.args;
    const matched = inner?.kind === 'call' ? compileLike(inner, segment, context) : null;
    if (matched !== null) complement(matched, context);
    return matched;
  }
  const [text, pattern, escaping] = call.args;
  if (text?.kind !== 'column' || text.type !== 'STRING') return null;
  if (call.function === 'regexp_like') {
    const column = codedView(segment.columns.get(text.name)!);
    if (column === null) return null;
    const set = matchRegexp(call, dictionaryText(context.kernels, column), context);
    return set === null ? null : { column, set };
  }
  if (call.function !== 'like') return null;
  if (escaping !== undefined || pattern?.kind !== 'literal') return null;
  if (typeof pattern.value !== 'string' || pattern.value.includes('_')) return null;
  // Half a surrogate pair is in no text, and in UTF-8 it would be another character.
  if (wellFormedText(pattern.value) !== pattern.value) return null;
  const parts = pattern.value.split('%');
  // Without % it is an equality, which bounds find faster.
  if (parts.length === 1) return null;
  const column = codedView(segment.columns.get(text.name)!);
  return column === null ? null : { column, set: matchParts(column, parts, context) };
}

function matchParts(
  column: CodedColumnView,
  parts: readonly string[],
  context: ExecutionContext,
): number {
  const { kernels, state, batch } = context;
  const { offsets, bytes, length } = dictionaryText(kernels, column);
  const set = state.allocate(Math.ceil(length / 64) * 8);
  const mark = batch.mark();
  // The first and the last part stand at the ends of the text; %% between others says nothing.
  const wanted = parts.filter((part, at) => part !== '' || at === 0 || at === parts.length - 1);
  const words = new Uint32Array((wanted.length * PART_BYTES) / 4);
  wanted.forEach((part, index) => {
    const utf8 = encodeUtf8(part);
    const address = batch.allocate(Math.max(1, utf8.length));
    kernels.u8.set(utf8, address);
    words[index * 2] = address;
    words[index * 2 + 1] = utf8.length;
  });
  const table = copyToMemory(kernels, batch, words);
  kernels.run.matchTexts(set, offsets, bytes, length, table, wanted.length);
  batch.release(mark);
  return set;
}

/** NULL stays out of both, as it has no code. */
function complement({ column, set }: MatchedCodes, { kernels }: ExecutionContext): void {
  const words = Math.ceil(column.codeCount / 64);
  const bits = new BigUint64Array(kernels.memory.buffer, set, words);
  for (let word = 0; word < words; word++) bits[word] = ~bits[word]!;
  const rest = column.codeCount % 64;
  if (rest !== 0) bits[words - 1]! &= (1n << BigInt(rest)) - 1n;
}
