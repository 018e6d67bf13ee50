import { DECIMAL_DIGITS_MAX } from '../../base/decimal.ts';
import {
  type DataType,
  decimalShape,
  INTEGER_BITS,
  isDecimal,
  isInteger,
} from '../../base/types.ts';
import type { Call, Expression } from '../../sql/expression.ts';

/**
 * Whether some value of its columns could make an expression raise an error. One that cannot is
 * evaluated on all rows at once, even where only some of them count, because that is cheaper than to
 * pick those out.
 */
export function canFail(expression: Expression): boolean {
  if (expression.kind !== 'call') return false;
  return !isTotal(expression) || expression.args.some(canFail);
}

function isTotal(call: Call): boolean {
  if (call.function === 'cast') return isTotalCast(call.args[0]!.type, call.type);
  if (isDecimal(call.type) && ON_DECIMALS.has(call.function)) {
    return decimalShape(call.type).precision < DECIMAL_DIGITS_MAX;
  }
  if (TOTAL_IN_DOUBLE.has(call.function)) return call.type === 'DOUBLE';
  if (TOTAL_IN_UTC.has(call.function)) {
    return call.args.length === 1 && call.args[0]!.type === 'TIMESTAMP';
  }
  return TOTAL.has(call.function);
}

function isTotalCast(from: DataType, to: DataType): boolean {
  if (from === to || to === 'STRING') return true;
  if (from === 'STRING') return false;
  if (to === 'DOUBLE' || to === 'BOOLEAN') return true;
  if (isDecimal(from) || isDecimal(to)) return false;
  if (isInteger(from) && isInteger(to)) return INTEGER_BITS[from] < INTEGER_BITS[to];
  return to === 'DATE' && from === 'TIMESTAMP';
}

/** Results of fewer digits than the most always have room for the result. */
const ON_DECIMALS: ReadonlySet<string> = new Set([
  ...['add', 'subtract', 'multiply', 'divide', 'modulo', 'negate', 'abs', 'floor', 'ceil', 'round'],
  'truncate',
]);

/** Integers overflow; IEEE 754 numbers do not. */
const TOTAL_IN_DOUBLE: ReadonlySet<string> = new Set([
  ...['add', 'subtract', 'multiply', 'negate', 'abs', 'round', 'truncate', 'trunc'],
]);

/** Other zones may not exist, and milliseconds may be too many for a TIMESTAMP. */
const TOTAL_IN_UTC: ReadonlySet<string> = new Set([
  ...['year', 'quarter', 'month', 'week', 'day', 'day_of_week', 'day_of_year'],
  ...['hour', 'minute', 'second', 'millisecond'],
]);

const TOTAL: ReadonlySet<string> = new Set([
  ...['rand_at', 'uuid_at'],
  ...['and', 'or', 'not', 'is_null', 'is_not_null'],
  ...['is_true', 'is_not_true', 'is_false', 'is_not_false'],
  ...['equal', 'not_equal', 'less', 'less_or_equal', 'greater', 'greater_or_equal'],
  ...['is_distinct_from', 'is_not_distinct_from', 'in', 'greatest', 'least'],
  ...['case', 'if', 'coalesce', 'nullif', 'divide', 'modulo'],
  ...['starts_with', 'ends_with', 'contains', 'length', 'upper', 'lower', 'substr', 'strpos'],
  ...['date_cmp', 'timestamp_cmp', 'months_between', 'int_months_between'],
  ...['day_name', 'month_name', 'to_date'],
  ...['strrpos', 'locate', 'remove', 'substring_index', 'octet_length', 'bit_length', 'translate'],
  ...['find_in_set', 'strcmp', 'soundex', 'difference', 'hamming_distance', 'is_json'],
  ...['bytes_to_hex', 'hex_to_bytes', 'to_utf8', 'from_utf8'],
  ...['base64_decode', 'url_decode', 'url_protocol', 'url_domain', 'url_domain_without_www'],
  ...['url_top_level_domain', 'url_netloc', 'url_port', 'url_path', 'url_query_string'],
  ...['url_fragment', 'extract_url_parameter'],
  ...['floor', 'ceil', 'sign', 'sqrt', 'exp', 'ln', 'log10', 'log2', 'power', 'is_nan'],
  ...['log1p', 'expm1', 'exp2', 'exp10', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cot'],
  ...['sigmoid', 'square', 'even', 'hypot', 'nextafter', 'if_not_finite', 'fmod', 'round_decimal'],
  ...['positive', 'pmod', 'positive_modulo', 'modulo_or_zero', 'e'],
  ...['bit_and', 'bit_or', 'bit_xor', 'bit_not', 'bit_mask', 'bit_extract', 'bit_shift_left'],
  ...['bit_shift_right', 'bit_shift_right_unsigned', 'shift_left', 'shift_right', 'rotate_left'],
  ...['rotate_right', 'byteswap_int', 'byteswap_long', 'bin', 'conv', 'md5', 'sha1', 'sha224'],
  ...['sha256', 'sha384', 'sha512', 'crc32', 'crc32c', 'adler32', 'fnv1_hash32', 'fnv1a_hash32'],
  ...['fnv1_hash64', 'fnv1a_hash64', 'murmur_hash2', 'murmur_hash2_bit64', 'murmur_hash3_bit32'],
  ...['murmur_hash3_bit64', 'murmur_hash3_bit128', 'fnv_hash', 'murmur_hash'],
  ...['nvl2', 'null_if_zero', 'zero_if_null', 'decode'],
]);
