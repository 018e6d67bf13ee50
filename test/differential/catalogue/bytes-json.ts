import type { DataType } from '../../../src/base/types.ts';
import type { Operator } from '../term.ts';
import { entry, fn, oneOf } from './entry.ts';

/** Functions of BYTES and JSON. */
export function bytesAndJsonEntries(): readonly Operator[] {
  return [...ofBytes(), ...ofJson()];
}

function ofBytes(): Operator[] {
  return [
    ...['md5', 'sha1', 'sha256', 'hex'].map((name) => fn(name, ['BYTES'], 'STRING')),
    fn('length', ['BYTES'], 'BIGINT', { duckdb: 'octet_length($1)' }),
    fn('bytes_to_hex', ['BYTES'], 'STRING', { duckdb: 'lower(hex($1))' }),
    entry('hex_to_bytes', ['STRING'], 'BYTES', 'hex_to_bytes(hex($1))', { duckdb: 'encode($1)' }),
    fn('to_utf8', ['STRING'], 'BYTES', { duckdb: 'encode($1)' }),
    fn('from_utf8', ['BYTES'], 'STRING', { duckdb: 'TRY(decode($1))' }),
    // BYTES are written in hexadecimal digits.
    entry('CAST AS STRING of', ['BYTES'], 'STRING', 'CAST($1 AS VARCHAR)', {
      duckdb: 'lower(hex($1))',
    }),
    entry('CAST AS BYTES of STRING', ['BYTES'], 'BYTES', 'CAST(CAST($1 AS VARCHAR) AS BYTES)', {
      duckdb: 'unhex(hex($1))',
    }),
    entry('||', ['STRING', 'BYTES'], 'STRING', '($1 || $2)', { duckdb: '($1 || lower(hex($2)))' }),
  ];
}

const PATHS = ["'$.n'", "'$.s'", "'$.r'", "'$'", "'$.s.n'", "'$[0]'", "'$[1][0]'", "'$[2].n'"];

function ofJson(): Operator[] {
  const path = oneOf('STRING', ...PATHS);
  // Whole numbers, or nothing.
  const whole = oneOf('STRING', "'$.n'", "'$.s.n'", "'$[0]'", "'$[1][0]'", "'$[2].n'");
  const json: DataType = 'JSON';
  return [
    fn('json_path_string', [json, path], 'STRING', { duckdb: 'json_extract_string($1, $2)' }),
    fn('json_path_long', [json, whole], 'BIGINT', {
      duckdb: 'json_extract_string($1, $2)',
    }),
    fn('json_path_double', [json, oneOf('STRING', "'$.r'", "'$.n'")], 'DOUBLE', {
      duckdb: 'CAST(json_extract_string($1, $2) AS DOUBLE)',
    }),
    fn('json_path_exists', [json, path], 'BOOLEAN', {
      duckdb: "coalesce(json_type($1, $2) <> 'NULL', CASE WHEN $1 IS NOT NULL THEN FALSE END)",
    }),
    fn('json_format', [json], 'STRING', { duckdb: 'CAST(json($1) AS VARCHAR)' }),
    fn('is_json', [json], 'BOOLEAN', { duckdb: 'json_valid($1)' }),
    fn('is_json', ['STRING'], 'BOOLEAN', { duckdb: 'json_valid($1)' }),
    // Wherever text is asked for JSON is its text.
    ...['upper', 'lower', 'reverse', 'md5', 'trim'].map((name) => fn(name, [json], 'STRING')),
    fn('length', [json], 'BIGINT'),
    fn('substr', [json, oneOf('BIGINT', '1', '3', '-2')], 'STRING'),
    fn('replace', [json, oneOf('STRING', `'"'`, "' '"), 'STRING'], 'STRING'),
    fn('starts_with', [json, 'STRING'], 'BOOLEAN'),
    fn('strpos', [json, oneOf('STRING', `'"s"'`, "':'", "'Oslo'")], 'BIGINT'),
    ...['LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'].map((operator) =>
      entry(
        operator,
        [json, oneOf('STRING', `'%"n"%'`, "'{%'", "'%o%'", "'__'")],
        'BOOLEAN',
        `($1 ${operator} $2)`,
      ),
    ),
  ];
}
