import { assert } from '../../base/assert.ts';
import { type ArrayType, elementType, isDecimal, physicalType } from '../../base/types.ts';
import { type ArrayVector, withElements } from '../array-dictionary.ts';
import type { FlatVector, Vector } from '../vector.ts';
import type { Invocation } from './implementation.ts';
import { linearAddress, scratchData, withTemporaries } from './memory.ts';

/** How many elements each array has. */
export function arrayLengths(array: Vector, { nulls }: Invocation): Vector {
  const { codes, dictionary } = withElements(array);
  const { offsets } = dictionary;
  const data = new Int32Array(codes.length);
  for (let row = 0; row < data.length; row++) {
    data[row] = offsets[codes[row]! + 1]! - offsets[codes[row]!]!;
  }
  return { kind: 'flat', type: 'INT', data, nulls };
}

/** Types of elements that kernels reduce, as they lie in vectors; a FLOAT is an f64 there. */
const KERNEL_TYPES = { i32: 'I32', i64: 'I64', f32: 'F64', f64: 'F64' } as const;

type Reduction = 'min' | 'max' | 'sum';

/** True when the elements of arrays are numbers that `reduceArrays` takes. */
export function isReducible(type: ArrayType, reduction: Reduction): boolean {
  const element = elementType(type);
  const physical = physicalType(element);
  return physical !== 'text' && physical !== 'flag' && !(isDecimal(element) && reduction === 'sum');
}

/**
 * The least or greatest element of each array, or the sum of its elements as a DOUBLE, divided by their number
 * for a mean; NULL for none. Each array of the dictionary is reduced once.
 *
 * @returns null when elements are decimals that do not fit 64 bits.
 */
export function reduceArrays(
  array: Vector,
  reduction: Reduction,
  isMean: boolean,
  invocation: Invocation,
): Vector | null {
  const vector = withElements(array);
  const { elements } = vector.dictionary;
  if (elements.kind === 'text') return null;
  const { call, rowCount, context } = invocation;
  assert(physicalType(call.type) !== 'text', 'numbers are reduced to numbers');
  const type = call.type as FlatVector['type'];
  const { run } = context.kernels;
  const data = scratchData(type, rowCount, context);
  withTemporaries(context, () => {
    const reduced = reduceEntries(vector, elements, reduction, type, invocation);
    if (isMean) divideByLengths(vector, reduced as Float64Array);
    const codes = context.scratch.allocate(rowCount * 4);
    new Uint32Array(context.kernels.memory.buffer, codes, rowCount).set(vector.codes);
    const gather = data.BYTES_PER_ELEMENT === 4 ? run.gather32 : run.gather64;
    gather(data.byteOffset, reduced.byteOffset, codes, rowCount);
  });
  return { kind: 'flat', type, data, nulls: nullsOfEmpty(vector, invocation.nulls) };
}

function reduceEntries(
  { dictionary }: ArrayVector,
  elements: FlatVector,
  reduction: Reduction,
  type: FlatVector['type'],
  { context }: Invocation,
): FlatVector['data'] {
  const { kernels, scratch } = context;
  const { run } = kernels;
  const { length, offsets } = dictionary;
  const count = offsets.at(-1)!;
  const owners = scratch.allocate(count * 4);
  const starts = scratch.allocate(offsets.byteLength);
  kernels.u32.set(offsets, starts / 4);
  run.arrayRows(owners, starts, length);
  const reduced = scratchData(type, length, context);
  const values = linearAddress(elements, count, context);
  const stored = KERNEL_TYPES[physicalType(elements.type) as keyof typeof KERNEL_TYPES];
  if (reduction !== 'sum') {
    fillNeutral(reduced, reduction);
    run[`${reduction}ByGroup${stored}`](reduced.byteOffset, owners, values, count);
    return reduced;
  }
  let doubles = values;
  if (stored !== 'F64') {
    doubles = scratch.allocate(count * 8);
    run[`convert${stored}ToF64`](doubles, values, count);
  }
  kernels.run.fillBytes(reduced.byteOffset, 0, reduced.byteLength);
  run.sumByGroupF64(reduced.byteOffset, owners, doubles, count);
  return reduced;
}

/** NaN is the greatest number. */
function fillNeutral(data: FlatVector['data'], reduction: 'min' | 'max'): void {
  const isMin = reduction === 'min';
  if (data instanceof BigInt64Array) data.fill(isMin ? 2n ** 63n - 1n : -(2n ** 63n));
  else if (data instanceof Int32Array) data.fill(isMin ? 2 ** 31 - 1 : -(2 ** 31));
  else data.fill(isMin ? Number.NaN : Number.NEGATIVE_INFINITY);
}

function divideByLengths({ dictionary: { offsets } }: ArrayVector, sums: Float64Array): void {
  for (let entry = 0; entry < sums.length; entry++) {
    sums[entry]! /= offsets[entry + 1]! - offsets[entry]!;
  }
}

function nullsOfEmpty(
  { codes, dictionary: { offsets } }: ArrayVector,
  arrayNulls: Uint8Array | null,
): Uint8Array | null {
  const nulls = new Uint8Array(codes.length);
  for (let row = 0; row < nulls.length; row++) {
    const code = codes[row]!;
    nulls[row] = arrayNulls?.[row] === 1 || offsets[code] === offsets[code + 1] ? 1 : 0;
  }
  return nulls.includes(1) ? nulls : null;
}
