import { textLengths } from '../text-lengths.ts';
import type { Vector } from '../vector.ts';
import {
  type Argument,
  type Implementation,
  type Invocation,
  nullable,
  strict,
} from './implementation.ts';
import { compileLike, type Matcher } from './like.ts';
import { halvesOf, nullsOf } from './memory.ts';
import { applyToText, textFunction as scalar, textOfRows, textReader } from './text-apply.ts';
import {
  capitalizeWords,
  characterCount,
  characterOf,
  checkLength,
  left,
  pad,
  position,
  repeat,
  replace,
  right,
  splitPart,
  substring,
  trim,
} from './text-scalars.ts';

/** Functions on text. */
export const STRINGS: Readonly<Record<string, Implementation>> = {
  upper: scalar(() => (text: string) => text.toUpperCase()),
  lower: scalar(() => (text: string) => text.toLowerCase()),
  initcap: scalar(() => capitalizeWords),
  length: strict(length),
  substr: scalar(() => substring),
  left: scalar(() => left),
  right: scalar(() => right),
  trim: scalar(
    () =>
      (text: string, characters = ' ') =>
        trim(text, characters, 'both'),
  ),
  ltrim: scalar(
    () =>
      (text: string, characters = ' ') =>
        trim(text, characters, 'start'),
  ),
  rtrim: scalar(
    () =>
      (text: string, characters = ' ') =>
        trim(text, characters, 'end'),
  ),
  lpad: scalar(
    (call) =>
      (text: string, length: number, fill = ' ') =>
        pad(text, length, fill, 'start', call),
  ),
  rpad: scalar(
    (call) =>
      (text: string, length: number, fill = ' ') =>
        pad(text, length, fill, 'end', call),
  ),
  replace: scalar(
    (call) => (text: string, from: string, to: string) => replace(text, from, to, call),
  ),
  reverse: scalar(() => (text: string) => Array.from(text).reverse().join('')),
  repeat: scalar((call) => (text: string, count: number) => repeat(text, count, call)),
  concat: scalar((call) => (first: string, ...rest: string[]) => {
    let text = first;
    for (const next of rest) text += next;
    checkLength(text.length, call);
    return text;
  }),
  concat_ws: nullable(concatWithSeparator),
  strpos: scalar(() => position),
  starts_with: scalar(() => (text: string, part: string) => text.startsWith(part)),
  ends_with: scalar(() => (text: string, part: string) => text.endsWith(part)),
  contains: scalar(() => (text: string, part: string) => text.includes(part)),
  split_part: scalar(() => splitPart),
  chr: scalar((call) => (codePoint: number) => characterOf(codePoint, call)),
  ascii: scalar(() => (text: string) => text.codePointAt(0) ?? 0),
  like: strict((args, invocation) => like(args, invocation, (text) => text)),
  ilike: strict((args, invocation) => like(args, invocation, (text) => text.toLowerCase())),
};

/** The pattern is compiled once when it is a constant, as nearly always, else once for each change. */
/** By the dictionary's bytes where they are at hand. */
function length(args: readonly Argument[], invocation: Invocation): Vector {
  const [text] = args;
  // The kernel counts the characters of UTF-8, which BYTES are not.
  const isKernels = text?.kind === 'text' && text.type !== 'BYTES';
  const lengths = isKernels ? textLengths(text.dictionary, invocation.context.scratch) : null;
  if (text?.kind !== 'text' || lengths === null) {
    return applyToText(args, invocation, characterCount);
  }
  const { codes } = text;
  const data = new BigInt64Array(codes.length);
  // By halves, because BigInts would be made for each row.
  const halves = halvesOf(data);
  for (let row = 0; row < codes.length; row++) halves[row * 2] = lengths[codes[row]!]!;
  return { kind: 'flat', type: 'BIGINT', data, nulls: invocation.nulls };
}

function like(
  args: readonly Argument[],
  invocation: Invocation,
  fold: (text: string) => string,
): Vector {
  let [compiledPattern, compiledEscape]: (string | null)[] = [null, null];
  let matches: Matcher = () => false;
  return applyToText(args, invocation, (text: string, pattern: string, escapeText = '') => {
    if (pattern !== compiledPattern || escapeText !== compiledEscape) {
      matches = compileLike(fold(pattern), fold(escapeText), invocation.call);
      [compiledPattern, compiledEscape] = [pattern, escapeText];
    }
    return matches(fold(text));
  });
}

/** NULL texts are left out, separator and all; a NULL separator gives NULL. */
function concatWithSeparator(args: readonly Argument[], { call, rowCount }: Invocation): Vector {
  const [separatorOf, ...readers] = args.map((arg) => textReader(arg));
  const [separatorNulls, ...nulls] = args.map((arg) => nullsOf(arg, rowCount));
  const texts = new Array<string>(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const present = readers.filter((_, index) => nulls[index]?.[row] !== 1);
    texts[row] = present.map((read) => read(row)).join(separatorOf!(row));
    checkLength(texts[row]!.length, call);
  }
  return textOfRows(texts, separatorNulls ?? null);
}
