import { encodeUtf8 } from '../../base/bytes.ts';
import type { RegexpFlags } from '../../base/regexp/parse.ts';
import { type Match, Regexp } from '../../base/regexp/regexp.ts';
import { wellFormedText } from '../../base/text-order.ts';
import { isText, type Value } from '../../base/types.ts';
import type { TextMatches } from '../../kernels/text-search.ts';
import type { Call } from '../../sql/expression.ts';
import type { ByteTexts } from './byte-texts.ts';
import {
  type Argument,
  type Constant,
  callError,
  type Implementation,
  strict,
} from './implementation.ts';
import { applyToText, type Scalar, type ScalarResult, textFunction } from './text-apply.ts';
import { applyToMatches, type MatchWork, type TextBytes } from './text-matches.ts';
import { checkLength } from './text-scalars.ts';

/** Functions with regular expressions. */
export const REGEXPS: Readonly<Record<string, Implementation>> = {
  regexp_like: matchFunction(
    (call) =>
      (text: string, pattern: string, flags = '') =>
        regexpOf(call, pattern, flags).test(text),
    likeWork,
  ),
  regexp_extract: matchFunction(
    (call) =>
      (text: string, pattern: string, group = 0, otherwise = '') => {
        const regexp = regexpOf(call, pattern, '');
        if (group < 0 || group > regexp.groupCount) return otherwise;
        return groupText(text, regexp.find(text, 0, group), group) ?? otherwise;
      },
    extractWork,
  ),
  regexp_replace: matchFunction(
    (call) =>
      (
        text: string,
        pattern: string,
        replacement: string,
        start = 0,
        occurrence = -1,
        flags = '',
      ) => {
        const regexp = regexpOf(call, pattern, flags);
        const parts = replacementOf(call, replacement, regexp);
        return replaceMatches(text, regexp, parts, offsetOf(text, start), occurrence, call);
      },
    replaceWork,
  ),
  regexp_count: matchFunction(
    (call) =>
      (text: string, pattern: string, position = 1, flags = '') => {
        const matches = regexpOf(call, pattern, flags).findAll(
          text,
          offsetOf(text, position - 1),
          0,
        );
        let count = 0;
        for (const _ of matches) count++;
        return count;
      },
    countWork,
  ),
  regexp_substr: matchFunction(
    (call) =>
      (text: string, pattern: string, position = 1, occurrence = 1, flags = '') => {
        const regexp = regexpOf(call, pattern, flags);
        let remaining = occurrence;
        for (const match of regexp.findAll(text, offsetOf(text, position - 1), 0)) {
          if (--remaining === 0) return groupText(text, match, 0);
        }
        return null;
      },
    substrWork,
  ),
  regexp_escape: textFunction((call) => (text: string) => {
    const escaped = text.replace(SPECIAL, '\\$&');
    checkLength(escaped.length, call);
    return escaped;
  }),
};

/** A scalar function that works on the bytes of its first argument where only that one varies. */
function matchFunction(
  prepare: (call: Call) => Scalar,
  workOf: (call: Call, ...constants: never[]) => MatchWork | null,
): Implementation {
  return strict((args, invocation) => {
    const { call } = invocation;
    const [text, ...others] = args;
    const scalar = prepare(call) as (text: string, ...constants: Value[]) => ScalarResult;
    const hasTexts = invocation.nulls?.includes(0) ?? true;
    if (text?.kind === 'text' && hasTexts && others.every(isConstant)) {
      const constants = others.map(({ type, value }) => (isText(type) ? value : Number(value)));
      const work = workOf(call, ...(constants as never[]));
      const one = (entry: string): ScalarResult => scalar(entry, ...constants);
      const vector = work === null ? null : applyToMatches(text, work, one, invocation);
      if (vector !== null) return vector;
    }
    return applyToText(args, invocation, prepare(call));
  });
}

function isConstant(argument: Argument): argument is Constant {
  return argument.kind === 'constant';
}

/** The works do what the scalar functions above do; null for a start that is not the text's. */
function likeWork(call: Call, pattern: string, flags = ''): MatchWork {
  return {
    regexp: regexpOf(call, pattern, flags),
    groupCount: 0,
    firstOnly: true,
    result: (_text, _matches, first, end) => end - first,
  };
}

function extractWork(call: Call, pattern: string, group = 0, otherwise = ''): MatchWork | null {
  const regexp = regexpOf(call, pattern, '');
  if (group < 0 || group > regexp.groupCount) return null;
  const other = encodeUtf8(otherwise);
  return {
    regexp,
    groupCount: group,
    firstOnly: true,
    result: (text, matches, first, end, texts) => {
      if (first === end || !appendGroup(text, matches, first, group, texts)) {
        texts.append(other, 0, other.length);
      }
      return true;
    },
  };
}

function replaceWork(
  call: Call,
  pattern: string,
  replacement: string,
  start = 0,
  occurrence = -1,
  flags = '',
): MatchWork | null {
  const regexp = regexpOf(call, pattern, flags);
  const parts = replacementOf(call, replacement, regexp);
  if (start > 0 || wellFormedText(replacement) !== replacement) return null;
  const pieces = parts.map((part) => (typeof part === 'number' ? part : encodeUtf8(part)));
  return {
    regexp,
    groupCount: Math.max(0, ...parts.map((part) => (typeof part === 'number' ? part : 0))),
    firstOnly: occurrence === 0,
    result: (text, matches, first, end, texts) => {
      let place = text.start;
      const from = occurrence < 0 ? first : first + occurrence;
      const stop = occurrence < 0 ? end : Math.min(end, from + 1);
      for (let match = from; match < stop; match++) {
        const at = match * matches.words + 1;
        texts.append(text.memory, place, text.start + matches.data[at]!);
        for (const piece of pieces) {
          if (typeof piece === 'number') appendGroup(text, matches, match, piece, texts);
          else texts.append(piece, 0, piece.length);
        }
        place = text.start + matches.data[at + 1]!;
      }
      texts.append(text.memory, place, text.end);
      return true;
    },
  };
}

function countWork(call: Call, pattern: string, position = 1, flags = ''): MatchWork | null {
  if (position > 1) return null;
  return {
    regexp: regexpOf(call, pattern, flags),
    groupCount: 0,
    firstOnly: false,
    result: (_text, _matches, first, end) => end - first,
  };
}

function substrWork(
  call: Call,
  pattern: string,
  position = 1,
  occurrence = 1,
  flags = '',
): MatchWork | null {
  if (position > 1 || occurrence < 1) return null;
  return {
    regexp: regexpOf(call, pattern, flags),
    groupCount: 0,
    firstOnly: occurrence === 1,
    result: (text, matches, first, end, texts) =>
      first + occurrence <= end && appendGroup(text, matches, first + occurrence - 1, 0, texts),
  };
}

/** Appends what a group of a match holds; false when it took no part. */
function appendGroup(
  { memory, start }: TextBytes,
  { data, words }: TextMatches,
  match: number,
  group: number,
  texts: ByteTexts,
): boolean {
  const at = match * words + 1 + 2 * group;
  if (data[at] === NO_BYTE) return false;
  texts.append(memory, start + data[at]!, start + data[at + 1]!);
  return true;
}

/** The place of a group without part, unsigned. */
const NO_BYTE = 0xffff_ffff;

/** The characters that Impala's REGEXP_ESCAPE puts a backslash before. */
const SPECIAL = /[.\\+*?[^\]$(){}=!<>|:-]/g;

interface Compiled {
  readonly pattern: string;
  readonly flags: string;
  readonly regexp: Regexp;
}

/** A part of a replacement: plain text, or the number of a group. */
type ReplacementPart = string | number;

/** The latest pattern of a call: nearly always its only one. */
const compiledOf = new WeakMap<Call, Compiled>();

const replacements = new WeakMap<
  Regexp,
  { readonly text: string; readonly parts: readonly ReplacementPart[] }
>();

/**
 * The regular expression of a call, compiled once for its latest pattern.
 *
 * @throws EngineError INVALID_QUERY or NOT_SUPPORTED with the place in the pattern.
 */
export function regexpOf(call: Call, pattern: string, flags: string): Regexp {
  const known = compiledOf.get(call);
  if (known?.pattern === pattern && known.flags === flags) return known.regexp;
  const regexp = new Regexp(pattern, parseFlags(flags, call), (code, message) =>
    callError(call, code, message),
  );
  compiledOf.set(call, { pattern, flags, regexp });
  return regexp;
}

/** The letters of Impala and MySQL, and s, which DuckDB and most languages have for n. */
function parseFlags(letters: string, call: Call): RegexpFlags {
  const unknown = /[^icmns]/.exec(letters);
  if (unknown !== null) {
    throw callError(
      call,
      'INVALID_QUERY',
      `expected the flags i, c, m, n or s, found '${unknown[0]}'`,
    );
  }
  return {
    ignoreCase: letters.lastIndexOf('i') > letters.lastIndexOf('c'),
    multiLine: letters.includes('m'),
    dotAll: /[ns]/.test(letters),
    isUngreedy: false,
  };
}

/** The UTF-16 offset after a number of characters; the text's ends bound it. */
function offsetOf(text: string, characters: number): number {
  let offset = 0;
  for (let count = 0; count < characters && offset < text.length; count++) {
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

/** What a group holds, or null when there is no match or the group took no part. */
function groupText(text: string, match: Match | null, group: number): string | null {
  if (match === null || match[2 * group]! < 0) return null;
  return text.slice(match[2 * group]!, match[2 * group + 1]!);
}

function replacementOf(call: Call, text: string, regexp: Regexp): readonly ReplacementPart[] {
  const known = replacements.get(regexp);
  if (known?.text === text) return known.parts;
  const parts = parseReplacement(call, text, regexp);
  replacements.set(regexp, { text, parts });
  return parts;
}

/**
 * Groups are `\1` as in Impala, or `$1` and `${name}` as in Pinot, where as many digits count as make
 * the number of a group; a backslash makes any other character plain.
 */
function parseReplacement(call: Call, text: string, regexp: Regexp): readonly ReplacementPart[] {
  const parts: ReplacementPart[] = [];
  let end = 0;
  for (const token of text.matchAll(/\\(?<escaped>.)|\$(?<digits>\d+)|\$\{(?<name>\w+)\}/gsu)) {
    const { escaped, digits, name } = token.groups ?? {};
    parts.push(text.slice(end, token.index));
    end = token.index + token[0].length;
    if (escaped !== undefined && !/\d/.test(escaped)) {
      parts.push(escaped);
    } else if (name !== undefined) {
      parts.push(groupNamed(call, name, regexp));
    } else {
      let number = escaped ?? digits!;
      while (number.length > 1 && Number(number) > regexp.groupCount) number = number.slice(0, -1);
      parts.push(groupNumbered(call, Number(number), regexp));
      end -= (digits?.length ?? number.length) - number.length;
    }
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== '');
}

function groupNamed(call: Call, name: string, regexp: Regexp): number {
  const group = regexp.groupNames.get(name);
  if (group !== undefined) return group;
  throw callError(
    call,
    'INVALID_QUERY',
    `the replacement asks for group ${name}, which is not there`,
  );
}

function groupNumbered(call: Call, group: number, { groupCount }: Regexp): number {
  if (group <= groupCount) return group;
  throw callError(
    call,
    'INVALID_QUERY',
    `the replacement asks for group ${group}, and the pattern has ${groupCount}`,
  );
}

/** @param occurrence which match to replace, from 0; −1 for all. */
function replaceMatches(
  text: string,
  regexp: Regexp,
  parts: readonly ReplacementPart[],
  start: number,
  occurrence: number,
  call: Call,
): string {
  let result = '';
  let end = 0;
  let index = 0;
  const groupCount = Math.max(0, ...parts.map((part) => (typeof part === 'number' ? part : 0)));
  for (const match of regexp.findAll(text, start, groupCount)) {
    if (occurrence >= 0 && index++ !== occurrence) continue;
    result += text.slice(end, match[0]!);
    for (const part of parts) {
      result += typeof part === 'string' ? part : (groupText(text, match, part) ?? '');
    }
    checkLength(result.length, call);
    end = match[1]!;
    if (occurrence >= 0) break;
  }
  result += text.slice(end);
  checkLength(result.length, call);
  return result;
}
