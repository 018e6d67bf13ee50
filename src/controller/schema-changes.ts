import { columnDefaultText } from '../base/column-default.ts';
import { EngineError } from '../base/errors.ts';
import type { PlainJson, PlainJsonRecord } from '../base/plain-json.ts';
import {
  type ColumnSchema,
  type DataType,
  isDecimal,
  type TableSchema,
  type Value,
} from '../base/types.ts';
import { scalarTo } from '../ingest/scalar.ts';
import { parseSchemaFile } from '../ingest/schema-file.ts';
import { checkTableName } from '../store/segment-store.ts';
import { pinotTypeName } from './pinot-schema.ts';

/** A schema as a client has given it. */
export interface GivenSchema {
  readonly schema: TableSchema;
  /** In Pinot's words; null for one with Nyala's own types, which `schema` says wholly. */
  readonly pinot: PlainJsonRecord | null;
}

const FIELD_LISTS = ['dimensionFieldSpecs', 'metricFieldSpecs', 'dateTimeFieldSpecs'];

/**
 * Reads a schema in Pinot's words, or `{"schemaName", "columns"}` with Nyala's types.
 *
 * @throws EngineError BAD_REQUEST when it is none, and what `parseSchemaFile` throws.
 */
export function readSchema(given: Readonly<Record<string, unknown>>): GivenSchema {
  const json = given as PlainJsonRecord;
  const { schemaName: name, ...rest } = json;
  if (typeof name !== 'string') {
    throw new EngineError('BAD_REQUEST', 'schema: expected a schemaName, found none');
  }
  checkTableName(name);
  const isOwn = 'columns' in json;
  const schema = parseSchemaFile(JSON.stringify(isOwn ? rest : json), 'the request body', name);
  if (isOwn) return { schema, pinot: null };
  for (const column of schema.columns) defaultOf(column, json);
  return { schema, pinot: json };
}

/**
 * A table's schema with the columns that a new one adds. Rows of segments that are there read in them
 * what the new schema's `defaultNullValue` says, or else NULL.
 *
 * @throws EngineError SCHEMA_MISMATCH when the new one lacks a column, or has another type for one:
 *   segments stay as they are.
 */
export function evolvedSchema(current: TableSchema, { schema, pinot }: GivenSchema): TableSchema {
  // Pinot's words for a type may stand for several of ours: what a client has been shown is no change.
  const isShownAs = (type: DataType, given: DataType): boolean =>
    pinot !== null && pinotTypeName(type) === pinotTypeName(given);
  const wanted = new Map(schema.columns.map((column) => [column.name, column]));
  for (const { name, type } of current.columns) {
    const found = wanted.get(name);
    if (found !== undefined && (found.type === type || isShownAs(type, found.type))) continue;
    const text = found === undefined ? 'leaves it out' : `has ${found.type}`;
    throw new EngineError(
      'SCHEMA_MISMATCH',
      `controller: table ${current.name} has the column ${name} ${type}, the new schema ${text}; ` +
        'a schema may only add columns: load into another table for the rest',
    );
  }
  const known = new Set(current.columns.map(({ name }) => name));
  const added = schema.columns
    .filter(({ name }) => !known.has(name))
    .map((column) => ({ ...column, absent: columnDefaultText(defaultOf(column, pinot)) }));
  return added.length === 0 ? current : { ...current, columns: [...current.columns, ...added] };
}

/**
 * Checks that a segment's columns are those of its table, but for added ones, which it may lack.
 *
 * @throws EngineError SCHEMA_MISMATCH.
 */
export function checkSegmentSchema(table: TableSchema, segment: TableSchema): void {
  const own = new Map(segment.columns.map(({ name, type }) => [name, type]));
  const isThere = ({ name, type, absent }: ColumnSchema): boolean =>
    own.get(name) === type || (absent !== undefined && !own.has(name));
  const names = new Set(table.columns.map(({ name }) => name));
  if (table.columns.every(isThere) && segment.columns.every(({ name }) => names.has(name))) return;
  const text = ({ columns }: TableSchema) =>
    columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  throw new EngineError(
    'SCHEMA_MISMATCH',
    `controller: table ${table.name} has columns (${text(table)}), ` +
      `the new data has (${text(segment)}); load it into another table or give its --schema`,
  );
}

/** What a field's `defaultNullValue` says; null without one. */
function defaultOf({ name, type }: ColumnSchema, pinot: PlainJsonRecord | null): Value {
  const given = fieldOf(pinot, name)?.defaultNullValue ?? null;
  if (given === null) return null;
  const found = typeof given === 'object' ? null : scalarTo(type, given);
  if (found === null) {
    throw new EngineError(
      'BAD_REQUEST',
      `schema: ${name}: defaultNullValue: expected a value of ${type}, found ${JSON.stringify(given)}`,
    );
  }
  if (type === 'BOOLEAN') return found === 1;
  if (type === 'FLOAT') return Math.fround(Number(found));
  const isLong = type === 'BIGINT' || type === 'TIMESTAMP' || isDecimal(type);
  return isLong ? BigInt(found) : found;
}

function fieldOf(pinot: PlainJsonRecord | null, name: string): PlainJsonRecord | null {
  for (const list of FIELD_LISTS) {
    const fields = (pinot?.[list] ?? []) as readonly PlainJson[];
    const field = fields.find((one) => (one as PlainJsonRecord).name === name);
    if (field !== undefined) return field as PlainJsonRecord;
  }
  return null;
}
