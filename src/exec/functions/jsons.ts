import { isTimestampInRange } from '../../base/datetime.ts';
import { formatJson, type JsonValue, parseJson } from '../../base/json.ts';
import { followJsonPath, type JsonPath, parseJsonPath } from '../../base/json-path.ts';
import type { DataType } from '../../base/types.ts';
import type { Call } from '../../sql/expression.ts';
import { parserOf } from './cast-text.ts';
import { callError, type Implementation } from './implementation.ts';
import { type ScalarResult, textFunction } from './text-apply.ts';
import { checkLength } from './text-scalars.ts';

/** The value at a path in the type of the call: the binder has read the name of the type. */
const extract = textFunction((call) => {
  const convert = converterTo(call.type);
  return (text: string, path: string) => {
    const root = parseJson(text);
    const parsed = pathOf(call, path);
    const values = root === undefined ? [] : followJsonPath(root, parsed);
    const [first = null] = values;
    if (parsed.isDefinite) return first === null ? null : convert(first);
    return values.length === 0 || call.type !== 'STRING' ? null : formatAll(values, call);
  };
});

/** Functions on text that holds JSON. */
export const JSONS: Readonly<Record<string, Implementation>> = {
  json_extract_scalar: extract,
  json_path_string: extract,
  json_path_long: extract,
  json_path_double: extract,
  json_path_exists: textFunction((call) => (text: string, path: string) => {
    const root = parseJson(text);
    const parsed = pathOf(call, path);
    return root !== undefined && followJsonPath(root, parsed).some((value) => value !== null);
  }),
  json_format: textFunction(() => (text: string) => {
    const value = parseJson(text);
    return value === undefined ? null : formatJson(value);
  }),
  is_json: textFunction(() => (text: string) => parseJson(text) !== undefined),
};

/** The latest path of a call: nearly always its only one. */
const paths = new WeakMap<Call, { readonly text: string; readonly path: JsonPath }>();

function pathOf(call: Call, text: string): JsonPath {
  const known = paths.get(call);
  if (known?.text === text) return known.path;
  const path = parseJsonPath(text, (code, message) => callError(call, code, message));
  paths.set(call, { text, path });
  return path;
}

/** An array of values that may contain each other, so that it can be longer than their text was. */
function formatAll(values: readonly JsonValue[], call: Call): string {
  let text = '';
  for (const value of values) {
    text += `${text === '' ? '[' : ','}${formatJson(value)}`;
    checkLength(text.length, call);
  }
  return `${text}]`;
}

/** Null where the value does not read as the type. */
function converterTo(type: DataType): (value: Exclude<JsonValue, null>) => ScalarResult {
  const parse = parserOf(type);
  return (value) => {
    if (typeof value === 'string') return parse(value);
    if (type === 'STRING') return formatJson(value);
    if (typeof value === 'boolean') return type === 'BOOLEAN' ? value : null;
    return 'digits' in value ? ofNumber(value.digits, type, parse) : null;
  };
}

/** Fractions are cut off, and a time is given in milliseconds since 1970, as in Pinot. */
function ofNumber(
  digits: string,
  type: DataType,
  parse: (text: string) => ScalarResult,
): ScalarResult {
  switch (type) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT': {
      const whole = wholeOf(digits);
      return whole === null ? null : parse(String(whole));
    }
    case 'TIMESTAMP': {
      const millis = wholeOf(digits);
      const micros = millis === null ? null : millis * 1000n;
      return micros !== null && isTimestampInRange(micros) ? micros : null;
    }
    case 'BOOLEAN':
      return Number(digits) !== 0;
    default:
      return parse(digits);
  }
}

function wholeOf(digits: string): bigint | null {
  if (/^-?\d{1,30}$/.test(digits)) return BigInt(digits);
  const value = Math.trunc(Number(digits));
  return Number.isFinite(value) ? BigInt(value) : null;
}
