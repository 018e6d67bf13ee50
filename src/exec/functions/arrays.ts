import { arrayElements, type Element } from '../../base/array-text.ts';
import { assert } from '../../base/assert.ts';
import { fitsInt64 } from '../../base/decimal.ts';
import { compareFloats } from '../../base/float-order.ts';
import { compareText } from '../../base/text-order.ts';
import { decimalShape, elementType, isArray, isDecimal, type Value } from '../../base/types.ts';
import type { Call } from '../../sql/expression.ts';
import { arrayVector, withElements } from '../array-dictionary.ts';
import type { Vector } from '../vector.ts';
import { valueAt, vectorFromValues } from '../vector-build.ts';
import { arrayLengths, isReducible, reduceArrays } from './array-numbers.ts';
import {
  type Argument,
  callError,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { toVector } from './rows.ts';

/** Functions of arrays, element by element: what they give depends on all of an array at once. */
export const ARRAYS: Readonly<Record<string, Implementation>> = {
  array: scalar((...values) => values.map(one)),
  array_length: strict(([array], invocation) =>
    arrayLengths(toVector(array!, invocation.rowCount), invocation),
  ),
  array_min: reduced(
    'min',
    ofArray((elements) => extreme(elements, 1)),
  ),
  array_max: reduced(
    'max',
    ofArray((elements) => extreme(elements, -1)),
  ),
  array_sum: reduced(
    'sum',
    ofNumbers((numbers) => sumOf(numbers)),
  ),
  array_average: reduced(
    'average',
    ofNumbers((numbers) => sumOf(numbers) / numbers.length),
  ),
  array_sum_long: strict((args, invocation) =>
    apply(args, invocation, (array) => exactSum(list(array), invocation.call)),
  ),
  array_sort: ofArray((elements) => elements.toSorted(compareElements)),
  array_reverse: ofArray((elements) => elements.toReversed()),
  array_distinct: ofArray((elements) => distinct(elements)),
  array_to_mv: ofArray((elements) => elements),
  array_contains: withValue((elements, value) => indexOf(elements, value) >= 0),
  array_index_of: withValue((elements, value) => indexOf(elements, value)),
  array_indexes_of: withValue((elements, value) =>
    elements.flatMap((element, index) => (isEqual(element, value) ? [index] : [])),
  ),
  array_remove: withValue((elements, value) => {
    const index = indexOf(elements, value);
    return index < 0 ? elements : elements.toSpliced(index, 1);
  }),
  array_push_back: withValue((elements, value) => [...elements, value]),
  array_push_front: withValue((elements, value) => [value, ...elements]),
  value_in: scalar((array, ...values) =>
    list(array).filter((element) => values.some((value) => isEqual(element, one(value)))),
  ),
  array_concat: scalar((left, right) => [...list(left), ...list(right)]),
  array_union: scalar((left, right) => distinct([...list(left), ...list(right)])),
  arrays_overlap: scalar((left, right) =>
    list(left).some((element) => indexOf(list(right), element) >= 0),
  ),
  array_slice: scalar((array, start, end) => {
    const bounds = [start, end].map((bound) => Math.max(0, Number(one(bound))));
    return list(array).slice(...bounds);
  }),
  array_element_at: scalar((array, place) => list(array)[Number(one(place)) - 1] ?? null),
  array_to_string: scalar((array, separator) => list(array).join(String(one(separator)))),
  map_value: scalar((keys, key, values) => {
    const index = indexOf(list(keys), one(key));
    return index < 0 ? null : (list(values)[index] ?? null);
  }),
};

/** What a function of arrays gets, never NULL, and what it gives. */
type Item = Element | readonly Element[];
type Result = Value | readonly Element[];
type Compute = (...items: Item[]) => Result;

function scalar(compute: Compute): Implementation {
  return strict((args, invocation) => apply(args, invocation, compute));
}

function ofArray(compute: (elements: readonly Element[]) => Result): Implementation {
  return scalar((array) => compute(list(array)));
}

function withValue(
  compute: (elements: readonly Element[], value: Element) => Result,
): Implementation {
  return scalar((array, value) => compute(list(array), one(value)));
}

/** A function that kernels compute of numbers, and another of other elements. */
function reduced(name: 'min' | 'max' | 'sum' | 'average', other: Implementation): Implementation {
  const reduction = name === 'average' ? 'sum' : name;
  return strict((args, invocation) => {
    assert(other.kind === 'strict', 'functions of arrays are strict');
    const array = toVector(args[0]!, invocation.rowCount);
    const isKernels = isArray(array.type) && isReducible(array.type, reduction);
    const found = isKernels ? reduceArrays(array, reduction, name === 'average', invocation) : null;
    return found ?? other.run([array], invocation);
  });
}

/** A function of numbers that gives a DOUBLE, and NULL for none. */
function ofNumbers(compute: (numbers: readonly number[]) => number): Implementation {
  return strict((args, invocation) => {
    const { type } = args[0]!;
    const element = isArray(type) ? elementType(type) : type;
    const unit = isDecimal(element) ? 10 ** decimalShape(element).scale : 1;
    return apply(args, invocation, (array) => {
      const numbers = list(array).map((value) => Number(value) / unit);
      return numbers.length === 0 ? null : compute(numbers);
    });
  });
}

/** Calls a function on every row that has no NULL. */
function apply(
  args: readonly Argument[],
  { call: { type }, rowCount, nulls }: Invocation,
  compute: Compute,
): Vector {
  const readers = args.map(readerOf);
  const results: Result[] = [];
  for (let row = 0; row < rowCount; row++) {
    results.push(nulls?.[row] === 1 ? null : compute(...readers.map((read) => read(row))));
  }
  return isArray(type)
    ? arrayVector(type, results as (readonly Element[] | null)[])
    : vectorFromValues(type, results as Value[]);
}

/** Reads an argument row by row; rows that are NULL are not asked for. */
function readerOf(argument: Argument): (row: number) => Item {
  if (argument.kind === 'constant') {
    const { type, value } = argument;
    const item = isArray(type) ? arrayElements(type, String(value)) : (value as Element);
    return () => item;
  }
  if (!isArray(argument.type)) return (row) => valueAt(argument, row) as Element;
  const { codes, dictionary } = withElements(argument);
  return (row) => dictionary.elementsAt(codes[row]!);
}

function list(item: Item): readonly Element[] {
  assert(Array.isArray(item), 'the signature asks for an array');
  return item;
}

function one(item: Item): Element {
  assert(!Array.isArray(item), 'the signature asks for a value');
  return item as Element;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function exactSum(elements: readonly Element[], call: Call): bigint | null {
  const sum = elements.reduce<bigint>((total, element) => total + BigInt(element), 0n);
  if (!fitsInt64(sum)) {
    throw callError(call, 'NUMERIC_OVERFLOW', `the sum ${sum} does not fit BIGINT`);
  }
  return elements.length === 0 ? null : sum;
}

/** The least element in the order of their type, with a sign of −1 the greatest; NULL of none. */
function extreme(elements: readonly Element[], sign: 1 | -1): Value {
  const [first, ...others] = elements;
  if (first === undefined) return null;
  let best = first;
  for (const element of others) if (sign * compareElements(element, best) < 0) best = element;
  return best;
}

function distinct(elements: readonly Element[]): readonly Element[] {
  return [...new Set(elements)];
}

function indexOf(elements: readonly Element[], value: Element): number {
  return elements.findIndex((element) => isEqual(element, value));
}

/** SQL's equality: NaN equals itself. */
function isEqual(left: Element, right: Element): boolean {
  return left === right || (Number.isNaN(left) && Number.isNaN(right));
}

/** The order of two elements of one type. */
function compareElements(left: Element, right: Element): number {
  if (typeof left === 'string') return compareText(left, String(right));
  if (typeof left === 'number') return compareFloats(left, Number(right));
  return left < right ? -1 : Number(left > right);
}
