import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import {
  type Argument,
  callError,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf, flatDataOf, halvesOf, integersOf } from './memory.ts';
import { numberReader } from './text-apply.ts';

/**
 * Functions on bits. Integers of either width are seen as words of 32 bits, the low one first, so
 * that few of them need BigInt.
 */
export const BITS: Readonly<Record<string, Implementation>> = {
  bit_and: wordwise((left, right) => left & right),
  bit_or: wordwise((left, right) => left | right),
  bit_xor: wordwise((left, right) => left ^ right),
  bit_not: strict(([arg], invocation) =>
    integersFrom(
      wordsOf(arg!, invocation.rowCount).map((word) => ~word),
      invocation,
    ),
  ),
  bit_mask: strict(bitMask),
  bit_extract: strict((args, invocation) => bitsAt(args, invocation, () => {})),
  get_bit: strict((args, invocation) => bitsAt(args, invocation, checkPosition)),
  set_bit: strict(setBits),
  bit_count: strict(countBits),
  bit_shift_left: moving(
    (value, count) => value << count,
    (value, count) => value << BigInt(count & 63),
  ),
  bit_shift_right: moving(
    (value, count) => value >> count,
    (value, count) => value >> BigInt(count & 63),
  ),
  bit_shift_right_unsigned: moving(
    (value, count) => value >>> count,
    (value, count) => BigInt.asUintN(64, value) >> BigInt(count & 63),
  ),
  shift_left: moving(shiftNarrow, shiftWide),
  shift_right: moving(
    (value, count) => shiftNarrow(value, -count),
    (value, count) => shiftWide(value, -count),
  ),
  rotate_left: moving(rotateNarrow, rotateWide),
  rotate_right: moving(
    (value, count) => rotateNarrow(value, -count),
    (value, count) => rotateWide(value, -count),
  ),
  byteswap_int: strict(swapBytes),
  byteswap_long: strict(swapBytes),
};

const WORD_BITS = 32;

/** The words of INT or BIGINT values, as many a row as the type has. */
function wordsOf(argument: Argument, rowCount: number): Int32Array {
  const data = flatDataOf(argument, rowCount);
  return data instanceof BigInt64Array ? halvesOf(data) : integersOf(argument, rowCount);
}

/** The reverse of `wordsOf`: words of the call's type as its result. */
function integersFrom(words: Int32Array, { call, nulls }: Invocation): Vector {
  return call.type === 'INT'
    ? flat('INT', words, nulls)
    : flat('BIGINT', new BigInt64Array(words.buffer), nulls);
}

function wordwise(compute: (left: number, right: number) => number): Implementation {
  return strict((args, invocation) => {
    const [left, right] = args.map((arg) => wordsOf(arg, invocation.rowCount));
    const words = new Int32Array(left!.length);
    for (let index = 0; index < words.length; index++) {
      words[index] = compute(left![index]!, right![index]!);
    }
    return integersFrom(words, invocation);
  });
}

/** A function of a number and a count of bits, for each width; JavaScript cuts the results. */
function moving(
  narrow: (value: number, count: number) => number,
  wide: (value: bigint, count: number) => bigint,
): Implementation {
  return strict((args, { call, rowCount, nulls }) => {
    const countOf = numberReader(args[1]!);
    if (call.type === 'INT') {
      const values = integersOf(args[0]!, rowCount);
      const data = new Int32Array(rowCount);
      for (let row = 0; row < rowCount; row++) data[row] = narrow(values[row]!, countOf(row));
      return flat('INT', data, nulls);
    }
    const values = bigintsOf(args[0]!, rowCount);
    const data = new BigInt64Array(rowCount);
    for (let row = 0; row < rowCount; row++) data[row] = wide(values[row]!, countOf(row));
    return flat('BIGINT', data, nulls);
  });
}

function shiftNarrow(value: number, count: number): number {
  if (Math.abs(count) >= WORD_BITS) return 0;
  return count < 0 ? value >>> -count : value << count;
}

function shiftWide(value: bigint, count: number): bigint {
  if (Math.abs(count) >= 2 * WORD_BITS) return 0n;
  return count < 0 ? BigInt.asUintN(64, value) >> BigInt(-count) : value << BigInt(count);
}

/** The operators take counts modulo 32, also negative ones. */
function rotateNarrow(value: number, count: number): number {
  return (value << count) | (value >>> -count);
}

function rotateWide(value: bigint, count: number): bigint {
  const places = BigInt(count & 63);
  const bits = BigInt.asUintN(64, value);
  return (bits << places) | (bits >> (64n - places));
}

function bitMask(args: readonly Argument[], invocation: Invocation): Vector {
  const positionOf = numberReader(args[0]!);
  const words = new Int32Array(2 * invocation.rowCount);
  for (let row = 0; row < invocation.rowCount; row++) {
    const position = positionOf(row);
    if (position < 0 || position >= 2 * WORD_BITS) continue;
    words[2 * row + (position >> 5)] = 1 << position;
  }
  return integersFrom(words, invocation);
}

function bitsAt(
  args: readonly Argument[],
  { call, rowCount, nulls }: Invocation,
  check: (position: number, width: number, call: Call) => void,
): Vector {
  const words = wordsOf(args[0]!, rowCount);
  const wordsPerRow = words.length / rowCount;
  const positionOf = numberReader(args[1]!);
  const data = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const position = positionOf(row);
    check(position, wordsPerRow * WORD_BITS, call);
    if (position < 0 || position >= wordsPerRow * WORD_BITS) continue;
    data[row] = (words[wordsPerRow * row + (position >> 5)]! >>> position) & 1;
  }
  return flat('INT', data, nulls);
}

function setBits(args: readonly Argument[], invocation: Invocation): Vector {
  const { call, rowCount, nulls } = invocation;
  const words = wordsOf(args[0]!, rowCount).slice();
  const wordsPerRow = words.length / rowCount;
  const positionOf = numberReader(args[1]!);
  const bitOf = args[2] === undefined ? () => 1 : numberReader(args[2]);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const [position, bit] = [positionOf(row), bitOf(row)];
    checkPosition(position, wordsPerRow * WORD_BITS, call);
    checkBit(bit, call);
    const index = wordsPerRow * row + (position >> 5);
    const mask = 1 << position;
    words[index] = bit === 1 ? words[index]! | mask : words[index]! & ~mask;
  }
  return integersFrom(words, invocation);
}

function countBits(args: readonly Argument[], { call, rowCount, nulls }: Invocation): Vector {
  const words = wordsOf(args[0]!, rowCount);
  const wordsPerRow = words.length / rowCount;
  const bitOf = args[1] === undefined ? () => 1 : numberReader(args[1]);
  const data = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const bit = bitOf(row);
    checkBit(bit, call);
    let count = 0;
    for (let word = 0; word < wordsPerRow; word++) {
      count += onesIn(words[wordsPerRow * row + word]!);
    }
    data[row] = bit === 1 ? count : wordsPerRow * WORD_BITS - count;
  }
  return flat('INT', data, nulls);
}

/** Sums of neighbours of 1, 2 and 4 bits, then of all bytes at once by a product. */
function onesIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function checkPosition(position: number, width: number, call: Call): void {
  if (position >= 0 && position < width) return;
  throw callError(
    call,
    'INVALID_QUERY',
    `${call.function} expects a bit from 0 to ${width - 1}, found ${position}`,
  );
}

function checkBit(bit: number, call: Call): void {
  if (bit === 0 || bit === 1) return;
  throw callError(call, 'INVALID_QUERY', `${call.function} expects a bit 0 or 1, found ${bit}`);
}

function swapBytes(args: readonly Argument[], invocation: Invocation): Vector {
  const words = wordsOf(args[0]!, invocation.rowCount);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const width = bytes.length / invocation.rowCount;
  const swapped = new Uint8Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    const place = index % width;
    swapped[index - place + (width - 1 - place)] = bytes[index]!;
  }
  return integersFrom(new Int32Array(swapped.buffer), invocation);
}
