import { assert } from './assert.ts';
import { type ArrayType, elementType, isDecimal, physicalType, type Value } from './types.ts';

/*
 * An array travels as one text wherever a value does: `[1,2]`, `["a","b"]`, `[true]`, `[]`. Equal arrays
 * have equal texts. Texts and byte strings are JSON strings; numbers are as JavaScript prints them
 * (`NaN`, `Infinity`), −0 as 0; dates are days, timestamps microseconds, decimals units of their scale.
 */

/** An element of an array: a value that is not NULL. */
export type Element = Exclude<Value, null>;

/** The text of an array with these elements. */
export function arrayText(elements: readonly Element[]): string {
  return `[${elements.map(elementText).join(',')}]`;
}

function elementText(element: Element): string {
  return typeof element === 'string' ? JSON.stringify(element) : String(element);
}

/**
 * The elements of an array from its text.
 *
 * @param text as `arrayText` makes it.
 */
export function arrayElements(type: ArrayType, text: string): Element[] {
  assert(text.startsWith('[') && text.endsWith(']'), () => `${text} is an array`);
  if (text === '[]') return [];
  const element = elementType(type);
  switch (physicalType(element)) {
    case 'text':
      return JSON.parse(text) as string[];
    case 'flag':
      return partsOf(text).map((part) => part === 'true');
    case 'i64':
      return partsOf(text).map(BigInt);
    default:
      return partsOf(text).map(Number);
  }
}

function partsOf(text: string): string[] {
  return text.slice(1, -1).split(',');
}

/** True when arrays of one type are arrays of another as they are: integers that become wider. */
export function isSameText(from: ArrayType, to: ArrayType): boolean {
  const [source, target] = [elementType(from), elementType(to)];
  if (isDecimal(source) || isDecimal(target)) return false;
  const isInteger = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'].includes(source);
  const order = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'DOUBLE'];
  return isInteger && order.indexOf(target) > order.indexOf(source);
}
