import { byteString, bytesOfString, hexOf, parseHex } from '../../base/byte-string.ts';
import { decodeUtf8, encodeUtf8 } from '../../base/bytes.ts';
import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import {
  type Argument,
  callError,
  type Implementation,
  type Invocation,
  strict,
  unionNulls,
} from './implementation.ts';
import { bigintsOf } from './memory.ts';
import {
  applyToText,
  bytesMaker,
  numberReader,
  textFunction,
  textOfRows,
  textReader,
} from './text-apply.ts';
import { checkLength } from './text-scalars.ts';

/** Numbers in other bases, and bytes as hexadecimal text. */
export const BASES: Readonly<Record<string, Implementation>> = {
  bin: strict((args, invocation) => unsignedTexts(args[0]!, 2, invocation)),
  hex: strict((args, invocation) =>
    args[0]!.type === 'BIGINT'
      ? unsignedTexts(args[0]!, 16, invocation)
      : applyToText(args, invocation, hexDigits(args[0]!, invocation.call)),
  ),
  bytes_to_hex: textFunction(() => hexOf),
  hex_to_bytes: textFunction(() => parseHex),
  to_utf8: textFunction(() => (text: string) => byteString(encodeUtf8(text))),
  from_utf8: textFunction(() => (text: string) => textOfBytes(bytesOfString(text))),
  unhex: strict((args, invocation) =>
    applyToText(args, invocation, (text: string) => textOfHex(text, invocation.call)),
  ),
  conv: strict(convertAll),
};

const SIGNED_DIGITS = /^\s*([+-]?)([0-9a-z]+)\s*$/i;

function unsignedTexts(argument: Argument, base: number, invocation: Invocation): Vector {
  const values = bigintsOf(argument, invocation.rowCount);
  const texts = Array.from(values, (value) => digitsOf(BigInt.asUintN(64, value), base));
  return textOfRows(texts, invocation.nulls);
}

function digitsOf(value: bigint, base: number): string {
  return value.toString(base).toUpperCase();
}

function hexDigits(argument: Argument, call: Call): (text: string) => string {
  const toBytes = bytesMaker(argument);
  return (text) => {
    const bytes = toBytes(text);
    checkLength(2 * bytes.length, call);
    return hexOf(byteString(bytes)).toUpperCase();
  };
}

function textOfBytes(bytes: Uint8Array): string | null {
  try {
    return decodeUtf8(bytes, 'from_utf8');
  } catch {
    return null;
  }
}

/** Text that is not hexadecimal gives the empty text, as in Impala. */
function textOfHex(text: string, call: Call): string {
  const bytes = parseHex(text);
  if (bytes === null) return '';
  const decoded = textOfBytes(bytesOfString(bytes));
  if (decoded === null) {
    throw callError(call, 'BAD_CAST', `expected the digits of a text in UTF-8, found '${text}'`);
  }
  return decoded;
}

function convertAll(args: readonly Argument[], { rowCount, nulls }: Invocation): Vector {
  const numberOf = textReader(args[0]!);
  const [fromOf, toOf] = args.slice(1).map(numberReader);
  const texts = new Array<string>(rowCount).fill('');
  const absent = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const converted = convert(numberOf(row), fromOf!(row), toOf!(row));
    texts[row] = converted ?? '';
    absent[row] = converted === null ? 1 : 0;
  }
  return textOfRows(texts, absent.includes(1) ? unionNulls(nulls, absent) : nulls);
}

/**
 * As in Impala, Hive and MySQL: reading stops at the first digit that the base lacks, text that is no
 * number is 0, a number beyond 64 bits is all ones, and bases that do not exist give NULL.
 */
function convert(text: string, from: number, to: number): string | null {
  const toBase = Math.abs(to);
  if (from < 2 || from > 36 || toBase < 2 || toBase > 36) return null;
  const [, sign, digits] = SIGNED_DIGITS.exec(text) ?? ['', '', '0'];
  let value = 0n;
  for (const character of digits!) {
    const digit = Number.parseInt(character, 36);
    if (digit >= from || value > ALL_ONES) break;
    value = value * BigInt(from) + BigInt(digit);
  }
  if (sign === '-') value = -value;
  if (BigInt.asIntN(64, value) !== value) value = -1n;
  return digitsOf(to < 0 ? value : BigInt.asUintN(64, value), toBase);
}

const ALL_ONES = 2n ** 64n - 1n;
