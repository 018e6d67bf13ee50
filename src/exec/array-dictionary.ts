import { arrayElements, arrayText, type Element } from '../base/array-text.ts';
import { assert } from '../base/assert.ts';
import { type ArrayType, elementType, isArray } from '../base/types.ts';
import type { TextDictionary, TextVector, Vector } from './vector.ts';
import { gatherVector, valueAt, vectorFromValues, withOwnText } from './vector-build.ts';

/** Arrays as entries of a text vector: their elements one after another, and texts when they are asked for. */
export class ArrayDictionary implements TextDictionary {
  readonly length: number;
  /** Where each entry's elements start, and the end of the last. */
  readonly offsets: Uint32Array;
  /** Without NULL. On the JavaScript heap. */
  readonly elements: Vector;

  constructor(offsets: Uint32Array, elements: Vector) {
    this.length = offsets.length - 1;
    this.offsets = offsets;
    this.elements = elements;
  }

  at(code: number): string {
    return arrayText(this.elementsAt(code));
  }

  /** The elements of an entry. */
  elementsAt(code: number): Element[] {
    const values: Element[] = [];
    const end = this.offsets[code + 1]!;
    for (let at = this.offsets[code]!; at < end; at++) {
      values.push(valueAt(this.elements, at) as Element);
    }
    return values;
  }
}

/** A vector of arrays whose elements lie ready. */
export interface ArrayVector extends TextVector {
  readonly type: ArrayType;
  readonly dictionary: ArrayDictionary;
}

/** A vector of arrays with its elements, read from the texts where it has no others. */
export function withElements(vector: Vector): ArrayVector {
  const { type } = vector;
  assert(vector.kind === 'text' && isArray(type), () => `expected arrays, found ${type}`);
  if (vector.dictionary instanceof ArrayDictionary) {
    return { ...vector, type, dictionary: vector.dictionary };
  }
  const own = withOwnText(vector);
  // An entry of NULL rows, or one that no row has referred to, may be empty.
  const entries = own.dictionary.map((text) => (text === '' ? [] : arrayElements(type, text)));
  return { ...own, type, dictionary: dictionaryOf(type, entries) };
}

/** A vector of arrays, one of these a row; NULL where there is none. */
export function arrayVector(
  type: ArrayType,
  rows: readonly (readonly Element[] | null)[],
): ArrayVector {
  const nulls = rows.includes(null) ? Uint8Array.from(rows, (row) => (row === null ? 1 : 0)) : null;
  const codes = Uint32Array.from(rows, (_, row) => row);
  const dictionary = dictionaryOf(
    type,
    rows.map((row) => row ?? []),
  );
  return { kind: 'text', type, codes, dictionary, nulls };
}

/** The same arrays with an entry of its own for each row. */
export function byRow(vector: ArrayVector): ArrayVector {
  const { codes, dictionary, nulls } = vector;
  const lengths = codes.map((code, row) =>
    nulls?.[row] === 1 ? 0 : dictionary.offsets[code + 1]! - dictionary.offsets[code]!,
  );
  const offsets = new Uint32Array(codes.length + 1);
  lengths.forEach((length, row) => {
    offsets[row + 1] = offsets[row]! + length;
  });
  const positions = new Uint32Array(offsets[codes.length]!);
  codes.forEach((code, row) => {
    const from = dictionary.offsets[code]!;
    for (let at = 0; at < lengths[row]!; at++) positions[offsets[row]! + at] = from + at;
  });
  return {
    ...vector,
    codes: codes.map((_, row) => row),
    dictionary: new ArrayDictionary(offsets, gatherVector(dictionary.elements, positions)),
  };
}

/** The entry of each element. */
export function ownersOf(offsets: Uint32Array): Uint32Array {
  const owners = new Uint32Array(offsets.at(-1)!);
  for (let entry = 0; entry + 1 < offsets.length; entry++) {
    owners.fill(entry, offsets[entry], offsets[entry + 1]);
  }
  return owners;
}

function dictionaryOf(type: ArrayType, entries: readonly (readonly Element[])[]): ArrayDictionary {
  const offsets = new Uint32Array(entries.length + 1);
  entries.forEach(({ length }, entry) => {
    offsets[entry + 1] = offsets[entry]! + length;
  });
  return new ArrayDictionary(offsets, vectorFromValues(elementType(type), entries.flat()));
}
