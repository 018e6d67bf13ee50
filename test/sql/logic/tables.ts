import type { ColumnSchema, TableSchema, Value } from '../../../src/base/types.ts';
import { knownType } from '../../../src/sql/type-names.ts';

/** A table that statements of a script have made. */
export interface ScriptTable {
  readonly schema: TableSchema;
  readonly rows: Value[][];
}

/** What a statement that is no query does. */
export type Definition =
  | { readonly kind: 'create'; readonly schema: TableSchema }
  | { readonly kind: 'drop'; readonly table: string }
  | {
      readonly kind: 'insert';
      readonly table: string;
      /** The text of the values of each row. */
      readonly rows: readonly (readonly string[])[];
    };

/**
 * Reads CREATE TABLE, DROP TABLE and INSERT … VALUES, which Nyala's SQL does not have: scripts stay
 * such that another system can run them.
 *
 * @returns null for any other statement.
 */
export function parseDefinition(sql: string): Definition | null {
  const create = /^\s*CREATE\s+TABLE\s+(\w+)\s*\((.*)\)\s*;?\s*$/is.exec(sql);
  if (create !== null) {
    const columns = splitTopLevel(create[2]!).map(parseColumn);
    return { kind: 'create', schema: { name: create[1]!, columns } };
  }
  const drop = /^\s*DROP\s+TABLE\s+(\w+)\s*;?\s*$/i.exec(sql);
  if (drop !== null) return { kind: 'drop', table: drop[1]! };
  const insert = /^\s*INSERT\s+INTO\s+(\w+)\s+VALUES\s*(.*?)\s*;?\s*$/is.exec(sql);
  if (insert === null) return null;
  const rows = splitTopLevel(insert[2]!).map((row) => splitTopLevel(row.trim().slice(1, -1)));
  return { kind: 'insert', table: insert[1]!, rows };
}

function parseColumn(text: string): ColumnSchema {
  const [name = '', ...words] = text.trim().split(/\s+/);
  const type = knownType(words.join(' '));
  if (type === undefined) throw new Error(`unknown type in CREATE TABLE: ${text}`);
  return { name, type };
}

/** The parts between commas that are in no parentheses and no quotes. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
