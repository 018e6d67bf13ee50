import type { RegexpFlags } from '../../base/regexp/parse.ts';
import { type Match, Regexp } from '../../base/regexp/regexp.ts';
import type { Call } from '../../sql/expression.ts';
import { callError, type Implementation } from './implementation.ts';
import { textFunction } from './text-apply.ts';
import { checkLength } from './text-scalars.ts';

/** Functions with regular expressions. */
export const REGEXPS: Readonly<Record<string, Implementation>> = {
  regexp_like: textFunction((call) => (text: string, pattern: string, flags = '') => {
    return regexpOf(call, pattern, flags).test(text);
  }),
  regexp_extract: textFunction(
    (call) =>
      (text: string, pattern: string, group = 0, otherwise = '') => {
        const regexp = regexpOf(call, pattern, '');
        if (group < 0 || group > regexp.groupCount) return otherwise;
        return groupText(text, regexp.find(text, 0, group), group) ?? otherwise;
      },
  ),
  regexp_replace: textFunction(
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
  ),
  regexp_count: textFunction(
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
  ),
  regexp_substr: textFunction(
    (call) =>
      (text: string, pattern: string, position = 1, occurrence = 1, flags = '') => {
        const regexp = regexpOf(call, pattern, flags);
        let remaining = occurrence;
        for (const match of regexp.findAll(text, offsetOf(text, position - 1), 0)) {
          if (--remaining === 0) return groupText(text, match, 0);
        }
        return null;
      },
  ),
  regexp_escape: textFunction((call) => (text: string) => {
    const escaped = text.replace(SPECIAL, '\\$&');
    checkLength(escaped.length, call);
    return escaped;
  }),
};

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

/** @throws EngineError INVALID_QUERY or NOT_SUPPORTED with the place in the pattern. */
function regexpOf(call: Call, pattern: string, flags: string): Regexp {
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
