import type { Rows } from '../../bench/compare-answers.ts';
import type { Value } from '../../src/base/types.ts';

interface ResultTable {
  readonly dataSchema: { readonly columnDataTypes: readonly string[] };
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}

/**
 * The rows of a broker's answer as values: TIMESTAMP text back to microseconds.
 *
 * @throws Error with the exceptions of an answer without rows.
 */
export function pinotRows(response: Readonly<Record<string, unknown>>): Rows {
  const table = response.resultTable as ResultTable | undefined;
  if (table === undefined) throw new Error(JSON.stringify(response.exceptions));
  const types = table.dataSchema.columnDataTypes;
  return table.rows.map((row) => row.map((value, column) => toValue(value, types[column]!)));
}

function toValue(value: string | number | boolean | null, type: string): Value {
  if (type !== 'TIMESTAMP' || value === null) return value;
  const [whole = '', fraction = ''] = String(value).split('.');
  const ms = Date.parse(`${whole.replace(' ', 'T')}Z`);
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
