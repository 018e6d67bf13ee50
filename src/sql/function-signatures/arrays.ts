import { isSameText } from '../../base/array-text.ts';
import {
  type ArrayType,
  arrayOf,
  type DataType,
  type ElementType,
  elementType,
  isArray,
  isNumeric,
} from '../../base/types.ts';
import {
  commonType,
  commonTypeOf,
  type FunctionSignature,
  type Resolution,
  ruled,
} from './signature.ts';

/** Pinot's functions of multi-value columns. Positions count from 0 but where a summary says from 1. */
export const ARRAY_FUNCTIONS: readonly FunctionSignature[] = [
  ruled(
    'array',
    'An array of the values, which are of one type and not NULL.',
    [1, Infinity],
    (args) => {
      const common = commonTypeOf(args);
      if (common === null || isArray(common)) return null;
      return { args: args.map(() => common), result: arrayOf(common) };
    },
    { aliases: ['array_value_constructor'], types: '(ANY, …) → ARRAY' },
  ),
  ruled(
    'array_any',
    'Whether a condition is true of some element: what a comparison with an array becomes.',
    [2, 2],
    ([array, condition]) =>
      isArray(array!) && condition === 'BOOLEAN'
        ? { args: [array, condition], result: 'BOOLEAN' }
        : null,
    { types: '(ARRAY, BOOLEAN) → BOOLEAN' },
  ),
  ofArray('array_length', 'How many elements it has.', () => 'INT', {
    aliases: ['cardinality'],
    result: 'INT',
  }),
  ofArray('array_min', 'The least element; NULL when there is none.', (element) => element, {
    result: 'ANY',
  }),
  ofArray('array_max', 'The greatest element; NULL when there is none.', (element) => element, {
    result: 'ANY',
  }),
  ofArray('array_sum', 'The sum of the elements; NULL when there is none.', toDouble, {
    result: 'DOUBLE',
  }),
  ofArray(
    'array_sum_long',
    'The exact sum of integers; NULL when there is none.',
    (element) => (commonType(element, 'BIGINT') === 'BIGINT' ? 'BIGINT' : null),
    { aliases: ['array_sum_int'], result: 'BIGINT' },
  ),
  ofArray('array_average', 'The mean of the elements; NULL when there is none.', toDouble, {
    aliases: ['array_avg'],
    result: 'DOUBLE',
  }),
  ofArray('array_sort', 'The elements in ascending order.', arrayOf, variants('array_sort')),
  ofArray('array_reverse', 'The elements from last to first.', arrayOf, variants('array_reverse')),
  ofArray(
    'array_distinct',
    'Each element once, in the order of their first places.',
    arrayOf,
    variants('array_distinct'),
  ),
  ofArray('array_to_mv', 'The array as it is.', arrayOf, {}),
  withValue('array_contains', 'Whether it has the element.', () => 'BOOLEAN'),
  withValue('array_index_of', 'The place of the first such element, or −1.', () => 'INT'),
  withValue('array_indexes_of', 'The places of all such elements.', () => arrayOf('INT')),
  withValue('array_remove', 'The elements without the first such one.', arrayOf),
  withValue('array_push_back', 'The elements and the value behind them.', arrayOf),
  withValue('array_push_front', 'The value and the elements behind it.', arrayOf),
  ruled(
    'value_in',
    'Those elements that are among the values.',
    [2, Infinity],
    ([array, ...values]) => {
      if (!isArray(array!)) return null;
      const element = elementType(array);
      const fit = values.every((value) => commonType(value, element) === element);
      return fit ? { args: [array, ...values.map(() => element)], result: array } : null;
    },
    { aliases: ['in_mv'], types: '(ARRAY, ANY, …) → ARRAY' },
  ),
  ofArrays('array_concat', 'The elements of both, one after the other.', (type) => type),
  ofArrays(
    'array_union',
    'Each element of either once, in the order of first places.',
    (type) => type,
  ),
  ofArrays('arrays_overlap', 'Whether an element is in both.', () => 'BOOLEAN'),
  ruled(
    'array_slice',
    'The elements from a place to before another; what lies outside is left out.',
    [3, 3],
    ([array, start, end]) =>
      isArray(array!) && isIndex(start!) && isIndex(end!)
        ? { args: [array, 'BIGINT', 'BIGINT'], result: array }
        : null,
    { ...variants('array_slice'), types: '(ARRAY, BIGINT, BIGINT) → ARRAY' },
  ),
  ruled(
    'array_element_at',
    'The element at a place from 1; NULL outside.',
    [2, 2],
    ([array, place]) =>
      isArray(array!) && isIndex(place!)
        ? { args: [array, 'BIGINT'], result: elementType(array) }
        : null,
    { ...variants('array_element_at'), types: '(ARRAY, BIGINT) → ANY' },
  ),
  ruled(
    'array_to_string',
    'The elements as text with a separator between them.',
    [2, 2],
    ([array, separator]) =>
      isArray(array!) && elementType(array) === 'STRING' && separator === 'STRING'
        ? { args: [array, separator], result: 'STRING' }
        : null,
    { types: '(ARRAY<STRING>, STRING) → STRING' },
  ),
  ruled(
    'map_value',
    'The element of the second array at the place that a key has in the first; NULL without it.',
    [3, 3],
    ([keys, key, values]) => {
      if (!isArray(keys!) || !isArray(values!)) return null;
      const element = elementType(keys);
      if (commonType(key!, element) !== element) return null;
      return { args: [keys, element, values], result: elementType(values) };
    },
    { types: '(ARRAY, ANY, ARRAY) → ANY' },
  ),
];

interface Options {
  readonly aliases?: readonly string[];
  /** The result for people. */
  readonly result?: string;
}

/** Pinot has these functions once for each type of elements. */
function variants(name: string): { readonly aliases: readonly string[] } {
  const types = ['int', 'long', 'float', 'double', 'string'];
  return { aliases: types.map((type) => `${name}_${type}`) };
}

function ofArray(
  name: string,
  summary: string,
  result: (element: ElementType) => DataType | null,
  { aliases = [], result: shown = 'ARRAY' }: Options,
): FunctionSignature {
  const resolve = ([array]: readonly DataType[]): Resolution | null => {
    const type = isArray(array!) ? result(elementType(array)) : null;
    return type === null ? null : { args: [array!], result: type };
  };
  return ruled(name, summary, [1, 1], resolve, { aliases, types: `(ARRAY) → ${shown}` });
}

function withValue(
  name: string,
  summary: string,
  result: (element: ElementType) => DataType,
): FunctionSignature {
  const resolve = ([array, value]: readonly DataType[]): Resolution | null => {
    if (!isArray(array!)) return null;
    const element = elementType(array);
    if (commonType(value!, element) !== element) return null;
    return { args: [array, element], result: result(element) };
  };
  const shown = result('INT');
  const types = `(ARRAY, ANY) → ${isArray(shown) ? 'ARRAY' : shown}`;
  return ruled(name, summary, [2, 2], resolve, { ...variants(name), types });
}

function ofArrays(
  name: string,
  summary: string,
  result: (type: ArrayType) => DataType,
): FunctionSignature {
  const resolve = ([left, right]: readonly DataType[]): Resolution | null => {
    if (!isArray(left!) || !isArray(right!)) return null;
    const type = left === right || isSameText(right, left) ? left : right;
    if (type === right && left !== right && !isSameText(left, right)) return null;
    return { args: [type, type], result: result(type) };
  };
  const shown = result(arrayOf('INT'));
  const types = `(ARRAY, ARRAY) → ${isArray(shown) ? 'ARRAY' : shown}`;
  return ruled(name, summary, [2, 2], resolve, { ...variants(name), types });
}

function toDouble(element: ElementType): DataType | null {
  return isNumeric(element) ? 'DOUBLE' : null;
}

function isIndex(type: DataType): boolean {
  return commonType(type, 'BIGINT') === 'BIGINT';
}
