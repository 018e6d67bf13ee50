import { fitsInt64, keyOfHalves, wideKey, wideValue } from '../base/decimal.ts';
import type { DecimalType, Value } from '../base/types.ts';
import type { FlatVector, TextVector, Vector } from './vector.ts';

/*
 * A vector of a DECIMAL of up to 18 digits is flat. One of more digits is flat where all its values fit
 * 64 bits, which is nearly always so, and otherwise text: codes and a dictionary of wide keys.
 */

/** A vector of decimals, flat if they fit; those of NULL rows may be anything. */
export function decimalVector(
  type: DecimalType,
  values: readonly bigint[],
  nulls: Uint8Array | null,
): Vector {
  if (values.every(fitsInt64)) {
    return { kind: 'flat', type, data: BigInt64Array.from(values), nulls };
  }
  return {
    kind: 'text',
    type,
    codes: Uint32Array.from(values, (_, row) => row),
    dictionary: values.map(wideKey),
    nulls,
  };
}

/** The same decimals as codes and wide keys; a run of equal values shares a key. */
export function widenDecimals(vector: Vector): TextVector {
  if (vector.kind === 'text') return vector;
  const { data } = vector;
  const halves = new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
  const dictionary: string[] = [];
  const codes = new Uint32Array(data.length);
  for (let row = 0; row < codes.length; row++) {
    const [low, high] = [halves[2 * row]!, halves[2 * row + 1]!];
    const isSame = row > 0 && low === halves[2 * row - 2] && high === halves[2 * row - 1];
    if (!isSame) dictionary.push(keyOfHalves(low, high));
    codes[row] = dictionary.length - 1;
  }
  return { kind: 'text', type: vector.type as DecimalType, codes, dictionary, nulls: vector.nulls };
}

/** Reads decimals row by row; what it gives for NULL rows is arbitrary. */
export function decimalReader(
  argument: FlatVector | TextVector | { readonly kind: 'constant'; readonly value: Value },
): (row: number) => bigint {
  if (argument.kind === 'constant') {
    const value = argument.value === null ? 0n : BigInt(argument.value);
    return () => value;
  }
  if (argument.kind === 'flat') {
    const data = argument.data as BigInt64Array;
    return (row) => data[row]!;
  }
  const { codes, dictionary, nulls } = argument;
  return (row) => (nulls?.[row] === 1 ? 0n : wideValue(dictionary.at(codes[row]!)!));
}

/** True when a value does not fit a flat vector of its type. */
export function isWideValue(value: Value): boolean {
  return typeof value === 'bigint' && !fitsInt64(value);
}
