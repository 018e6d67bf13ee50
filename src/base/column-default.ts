import { type DataType, physicalType, type Value } from './types.ts';

/** A value as text that `columnDefaultValue` reads: JSON has neither 64-bit integers nor infinities. */
export function columnDefaultText(value: Value): string | null {
  return value === null ? null : String(value);
}

/** The value of a type whose text `columnDefaultText` has written. */
export function columnDefaultValue(type: DataType, text: string | null): Value {
  if (text === null) return null;
  switch (physicalType(type)) {
    case 'flag':
      return text === 'true';
    case 'i64':
      return BigInt(text);
    case 'text':
      return text;
    default:
      return Number(text);
  }
}
