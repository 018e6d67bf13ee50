import { EngineError, errorMessage } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import {
  arrayOf,
  BIG_DECIMAL,
  type ColumnSchema,
  DATA_TYPES,
  type ElementType,
  isDataType,
  type TableSchema,
  TYPE_LIST,
} from '../base/types.ts';

type Json = Readonly<Record<string, unknown>>;

const OWN_KEYS = ['name', 'columns'];
const OWN_COLUMN_KEYS = ['name', 'type'];

/** Pinot's schema keys; those that say nothing about stored types are accepted and not used. */
const PINOT_KEYS = [
  'schemaName',
  'description',
  'tags',
  'enableColumnBasedNullHandling',
  'primaryKeyColumns',
  'dimensionFieldSpecs',
  'metricFieldSpecs',
  'dateTimeFieldSpecs',
  'complexFieldSpecs',
  'timeFieldSpec',
];
const PINOT_FIELD_LISTS = ['dimensionFieldSpecs', 'metricFieldSpecs', 'dateTimeFieldSpecs'];
const PINOT_FIELD_KEYS = [
  'name',
  'dataType',
  'fieldType',
  'singleValueField',
  'notNull',
  'maxLength',
  'maxLengthExceedStrategy',
  'defaultNullValue',
  'defaultNullValueString',
  'transformFunction',
  'virtualColumnProvider',
  'allowTrailingZeros',
  'description',
  'tags',
  'aliases',
  'format',
  'granularity',
  'sampleValue',
];
const PINOT_TYPES: Readonly<Record<string, ElementType>> = {
  BOOLEAN: 'BOOLEAN',
  INT: 'INT',
  LONG: 'BIGINT',
  FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
  STRING: 'STRING',
  JSON: 'JSON',
  BYTES: 'BYTES',
  TIMESTAMP: 'TIMESTAMP',
  BIG_DECIMAL: BIG_DECIMAL,
};

/**
 * Reads the file of `--schema`: either `{"columns": [{"name", "type"}, …]}` with our types, or a
 * Pinot schema with `dimensionFieldSpecs`, `metricFieldSpecs` and `dateTimeFieldSpecs`.
 *
 * @param text the file's content.
 * @param path names it in errors.
 * @param table the table's name, whatever the file calls it.
 * @throws EngineError BAD_REQUEST when it is not such a schema; UNKNOWN_OPTION for an unknown key;
 *   NOT_SUPPORTED for a Pinot field that has no counterpart here.
 */
export function parseSchemaFile(text: string, path: string, table: string): TableSchema {
  const place = `schema: ${path}`;
  const root = objectAt(parseJson(text, place), place);
  const isPinot = PINOT_KEYS.some((key) => key in root);
  const columns = isPinot ? pinotColumns(root, place) : ownColumns(root, place);
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase()))
      throw wrong(place, 'columns with different names', `${name} twice`);
    seen.add(name.toLowerCase());
  }
  if (columns.length === 0) throw wrong(place, 'at least one column', 'none');
  return { name: table, columns };
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EngineError('BAD_REQUEST', `${place}: expected JSON, found: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

function ownColumns(root: Json, place: string): ColumnSchema[] {
  checkKeys(root, OWN_KEYS, place);
  return listAt(root, 'columns', place).map((item, index) => {
    const at = `${place}: columns[${index}]`;
    const column = objectAt(item, at);
    checkKeys(column, OWN_COLUMN_KEYS, at);
    const typeName = stringAt(column, 'type', at);
    const type = typeName.toUpperCase().replaceAll(' ', '');
    if (!isDataType(type)) {
      throw wrong(`${at}.type`, TYPE_LIST, typeName + didYouMean(typeName, DATA_TYPES));
    }
    return { name: stringAt(column, 'name', at), type };
  });
}

function pinotColumns(root: Json, place: string): ColumnSchema[] {
  checkKeys(root, PINOT_KEYS, place);
  for (const key of ['complexFieldSpecs', 'timeFieldSpec']) {
    const found = root[key] ?? null;
    if (found !== null && !(Array.isArray(found) && found.length === 0)) {
      throw new EngineError(
        'NOT_SUPPORTED',
        `${place}: ${key} is not supported; use dateTimeFieldSpecs and flat columns`,
      );
    }
  }
  return PINOT_FIELD_LISTS.filter((key) => (root[key] ?? null) !== null).flatMap((key) =>
    listAt(root, key, place).map((item, index) => pinotColumn(item, `${place}: ${key}[${index}]`)),
  );
}

function pinotColumn(item: unknown, place: string): ColumnSchema {
  const field = objectAt(item, place);
  checkKeys(field, PINOT_FIELD_KEYS, place);
  const name = stringAt(field, 'name', place);
  const typeName = stringAt(field, 'dataType', place);
  const type = PINOT_TYPES[typeName.toUpperCase()];
  if (type !== undefined) {
    return { name, type: field.singleValueField === false ? arrayOf(type) : type };
  }
  const known = Object.keys(PINOT_TYPES);
  throw wrong(`${place}.dataType`, known.join(', '), typeName + didYouMean(typeName, known));
}

function checkKeys(object: Json, known: readonly string[], place: string): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      throw new EngineError(
        'UNKNOWN_OPTION',
        `${place}: expected the keys ${known.join(', ')}, found ${key}${didYouMean(key, known)}`,
      );
    }
  }
}

function objectAt(json: unknown, place: string): Json {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw wrong(place, 'an object', JSON.stringify(json) ?? 'nothing');
}

function listAt(object: Json, key: string, place: string): readonly unknown[] {
  const found = object[key];
  if (Array.isArray(found)) return found;
  throw wrong(`${place}.${key}`, 'a list', JSON.stringify(found) ?? 'nothing');
}

function stringAt(object: Json, key: string, place: string): string {
  const found = object[key];
  if (typeof found === 'string' && found !== '') return found;
  throw wrong(`${place}.${key}`, 'a text', JSON.stringify(found) ?? 'nothing');
}

function wrong(place: string, expected: string, found: string): EngineError {
  return new EngineError('BAD_REQUEST', `${place}: expected ${expected}, found ${found}`);
}
