import { assert } from '../../base/assert.ts';
import { type FlatType, physicalType } from '../../base/types.ts';
import type { FlatData } from '../vector.ts';
import { literalVector } from '../vector-build.ts';
import type { Argument, EvaluationContext } from './implementation.ts';

/**
 * The address of an argument's values in linear memory: where they are, or a copy in scratch. A
 * constant becomes `rowCount` copies of its value.
 */
export function linearAddress(
  argument: Argument,
  rowCount: number,
  { kernels, scratch }: EvaluationContext,
): number {
  assert(argument.kind !== 'text', 'text has no values in linear memory');
  if (argument.kind === 'flat') {
    const { data } = argument;
    if (data.buffer === kernels.u8.buffer) return data.byteOffset;
    const address = scratch.allocate(data.byteLength);
    kernels.u8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
    return address;
  }
  const { type, value } = argument;
  if (typeof value === 'bigint') {
    const address = scratch.allocate(rowCount * 8);
    kernels.run.splat64(address, value, rowCount);
    return address;
  }
  assert(typeof value === 'number', () => `a constant ${type} is a number`);
  const isInteger = physicalType(type) === 'i32';
  const address = scratch.allocate(rowCount * (isInteger ? 4 : 8));
  if (isInteger) kernels.run.splat32(address, value, rowCount);
  else kernels.run.splatF64(address, value, rowCount);
  return address;
}

/** Values of a flat argument as an array; a constant is repeated on the JavaScript heap. */
export function flatDataOf(argument: Argument, rowCount: number): FlatData {
  const vector = argument.kind === 'constant' ? literalVector(argument, rowCount) : argument;
  assert(vector.kind === 'flat', 'a flat argument');
  return vector.data;
}

/** Values of a BIGINT or TIMESTAMP argument. */
export function bigintsOf(argument: Argument, rowCount: number): BigInt64Array {
  const data = flatDataOf(argument, rowCount);
  assert(data instanceof BigInt64Array, () => `64-bit integers, found ${argument.type}`);
  return data;
}

/** Values of a FLOAT or DOUBLE argument. */
export function doublesOf(argument: Argument, rowCount: number): Float64Array {
  const data = flatDataOf(argument, rowCount);
  assert(data instanceof Float64Array, () => `floating-point numbers, found ${argument.type}`);
  return data;
}

/** Values of a DATE or INT argument. */
export function integersOf(argument: Argument, rowCount: number): Int32Array {
  const data = flatDataOf(argument, rowCount);
  assert(data instanceof Int32Array, () => `32-bit integers, found ${argument.type}`);
  return data;
}

/** Values of a BOOLEAN argument, 0 and 1. */
export function flagsOf(argument: Argument, rowCount: number): Uint8Array {
  const data = flatDataOf(argument, rowCount);
  assert(data instanceof Uint8Array, () => `truth values, found ${argument.type}`);
  return data;
}

/** The null bytes of an argument; all ones for a NULL constant, null when there is no NULL. */
export function nullsOf(argument: Argument, rowCount: number): Uint8Array | null {
  if (argument.kind !== 'constant') return argument.nulls;
  return argument.value === null ? new Uint8Array(rowCount).fill(1) : null;
}

/** An array over linear memory for a kernel to write to, taken from scratch. */
export function scratchData(
  type: FlatType,
  rowCount: number,
  { kernels, scratch }: EvaluationContext,
): FlatData {
  const { buffer } = kernels.memory;
  switch (physicalType(type)) {
    case 'flag':
      return new Uint8Array(buffer, scratch.allocate(rowCount), rowCount);
    case 'i32':
      return new Int32Array(buffer, scratch.allocate(rowCount * 4), rowCount);
    case 'i64':
      return new BigInt64Array(buffer, scratch.allocate(rowCount * 8), rowCount);
    case 'f32':
    case 'f64':
      return new Float64Array(buffer, scratch.allocate(rowCount * 8), rowCount);
  }
}

/** Runs `work` and frees the scratch that it took; results must have been allocated before. */
export function withTemporaries<Result>(
  { scratch }: EvaluationContext,
  work: () => Result,
): Result {
  const mark = scratch.mark();
  const result = work();
  scratch.release(mark);
  return result;
}

/** 64-bit integers seen as pairs of 32-bit halves, low first, to write numbers without BigInt. */
export function halvesOf(data: BigInt64Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length * 2);
}

/** Writes a safe integer into a 64-bit slot through the array's halves. */
export function writeInteger(halves: Int32Array, row: number, value: number): void {
  halves[2 * row] = value; // ToInt32 keeps the low 32 bits
  halves[2 * row + 1] = Math.floor(value / 0x1_0000_0000);
}

/** Reads a 64-bit slot through the array's halves, rounded to a number beyond 2^53. */
export function readInteger(halves: Int32Array, row: number): number {
  return halves[2 * row + 1]! * 0x1_0000_0000 + (halves[2 * row]! >>> 0);
}
