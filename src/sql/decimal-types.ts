import { DECIMAL_DIGITS_MAX } from '../base/decimal.ts';
import {
  type DataType,
  type DecimalShape,
  type DecimalType,
  decimalShape,
  decimalType,
  isDecimal,
  isInteger,
} from '../base/types.ts';

/*
 * Types of the results of decimals, by the rules that Impala, Hive and SQL Server share. A result of
 * more than 38 digits gives up digits behind the point, but keeps six of them if it had as many.
 */

/** Digits behind the point that a result keeps whatever is before it, as in Impala. */
const KEPT_SCALE = 6;

/** Digits of an integer of each type. */
const INTEGER_DIGITS = { TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19 } as const;

/** The shape of a type as a decimal: integers have no digits behind the point. Null for others. */
export function shapeOf(type: DataType): DecimalShape | null {
  if (isDecimal(type)) return decimalShape(type);
  return isInteger(type) ? { precision: INTEGER_DIGITS[type], scale: 0 } : null;
}

/** The DECIMAL that holds the values of both; null unless both are exact numbers. */
export function commonDecimal(left: DataType, right: DataType): DecimalType | null {
  const [a, b] = [shapeOf(left), shapeOf(right)];
  if (a === null || b === null) return null;
  const scale = Math.max(a.scale, b.scale);
  return fitted(Math.max(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

/** The type of an operator's result. */
export function resultDecimal(
  operator: string,
  left: DecimalShape,
  right: DecimalShape,
): DecimalType {
  const scale = Math.max(left.scale, right.scale);
  const [leftWhole, rightWhole] = [left.precision - left.scale, right.precision - right.scale];
  switch (operator) {
    case 'multiply':
      return fitted(left.precision + right.precision + 1, left.scale + right.scale);
    case 'divide': {
      const quotientScale = Math.max(KEPT_SCALE, left.scale + right.precision + 1);
      return fitted(leftWhole + right.scale + quotientScale, quotientScale);
    }
    case 'modulo':
      return fitted(Math.min(leftWhole, rightWhole) + scale, scale);
    default:
      return fitted(Math.max(leftWhole, rightWhole) + scale + 1, scale);
  }
}

/** A sum of any number of values. */
export function sumDecimal(type: DecimalType): DecimalType {
  return decimalType(DECIMAL_DIGITS_MAX, decimalShape(type).scale);
}

/** A mean of any number of values. */
export function meanDecimal(type: DecimalType): DecimalType {
  return decimalType(DECIMAL_DIGITS_MAX, Math.max(KEPT_SCALE, decimalShape(type).scale));
}

function fitted(precision: number, scale: number): DecimalType {
  const excess = precision - DECIMAL_DIGITS_MAX;
  if (excess <= 0) return decimalType(Math.max(1, precision), scale);
  return decimalType(DECIMAL_DIGITS_MAX, Math.max(scale - excess, Math.min(scale, KEPT_SCALE)));
}
