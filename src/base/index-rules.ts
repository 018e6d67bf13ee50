import { EngineError } from './errors.ts';
import { type BuildConfig, type IndexConfig, type IndexKind, indexName } from './index-config.ts';
import { didYouMean } from './nearest-name.ts';
import { indexColumns, metricName, starTreeConfig } from './star-tree-config.ts';
import {
  type ColumnSchema,
  DATA_TYPES,
  type DataType,
  elementType,
  INTEGER_TYPES,
  isArray,
  isDecimal,
  isFloat,
  isInteger,
  type TableSchema,
} from './types.ts';

const NUMBERS = DATA_TYPES.filter((type) => !['BOOLEAN', 'STRING', 'BYTES', 'JSON'].includes(type));

/** Types that each kind of index is for; those of a star-tree's columns depend on their use. */
const TYPES: Readonly<Record<Exclude<IndexKind, 'startree'>, readonly DataType[]>> = {
  timestamp: ['TIMESTAMP'],
  sorted: DATA_TYPES,
  inverted: DATA_TYPES,
  range: NUMBERS,
  bloom: [...NUMBERS, 'STRING'],
  text: ['STRING'],
  json: ['STRING'],
  partition: [...INTEGER_TYPES, 'STRING'],
};

/**
 * Checks that a table's columns can have what is configured for them.
 *
 * @throws EngineError UNKNOWN_COLUMN with the nearest name; BAD_REQUEST for a type or a combination
 *   that cannot be; NOT_SUPPORTED for text that should not be coded.
 */
export function checkIndexes(
  { indexes, rawColumns, sortedColumn }: BuildConfig,
  schema: TableSchema,
  place: string,
): void {
  for (const index of indexes) {
    const named = index.kind === 'timestamp' ? indexColumns(index) : index.columns;
    const columns = named.map((name) => columnOf(schema, name, place));
    const array = columns.find(({ type }) => isArray(type));
    if (array !== undefined) throw noArrays(`${place}: ${indexName(index)}`, array);
    if (index.kind === 'startree') {
      checkStarTree(index, rawColumns, schema, place);
      continue;
    }
    const allowed: readonly DataType[] = TYPES[index.kind];
    const wrong = columns.find(({ type }) => !allowed.includes(type));
    if (wrong !== undefined) {
      throw new EngineError(
        'BAD_REQUEST',
        `${place}: ${indexName(index)}: expected a column of ${allowed.join(', ')}, ` +
          `found ${wrong.type}`,
      );
    }
    if (index.kind === 'inverted' && rawColumns.includes(index.columns[0]!)) {
      throw new EngineError(
        'BAD_REQUEST',
        `${place}: ${indexName(index)}: expected a column with a dictionary, found one without; ` +
          'use a range index, or take the column out of noDictionaryColumns',
      );
    }
  }
  for (const name of rawColumns) {
    const column = columnOf(schema, name, place);
    const type = isArray(column.type) ? elementType(column.type) : column.type;
    if (type !== 'STRING' && type !== 'BOOLEAN') continue;
    throw new EngineError(
      'NOT_SUPPORTED',
      `${place}: column ${name}: a ${type} without a dictionary is not supported`,
    );
  }
  if (sortedColumn === null) return;
  const column = columnOf(schema, sortedColumn, place);
  if (isArray(column.type)) throw noArrays(`${place}: sortedColumn`, column);
}

function noArrays(place: string, { name, type }: ColumnSchema): EngineError {
  return new EngineError(
    'NOT_SUPPORTED',
    `${place}: column ${name}: an index over ${type} is not supported`,
  );
}

function checkStarTree(
  index: IndexConfig,
  rawColumns: readonly string[],
  schema: TableSchema,
  place: string,
): void {
  const { dimensions, metrics } = starTreeConfig(index, place);
  const raw = dimensions.find((name) => rawColumns.includes(name));
  if (raw !== undefined) {
    throw new EngineError(
      'BAD_REQUEST',
      `${place}: ${indexName(index)}: expected dimensions with a dictionary, found ${raw} without; ` +
        'take it out of noDictionaryColumns',
    );
  }
  for (const metric of metrics) {
    const column = columnOf(schema, metric.column, place);
    const { type } = column;
    if (isArray(type)) throw noArrays(`${place}: ${indexName(index)}`, column);
    const { function: name } = metric;
    if (name === 'min' || name === 'max' || name === 'hyperloglog') continue;
    // Quantiles of decimals are those of doubles that are not the column's values.
    if (isInteger(type) || isFloat(type) || (isDecimal(type) && name === 'sum')) continue;
    throw new EngineError(
      'BAD_REQUEST',
      `${place}: ${indexName(index)}: ${metricName(metric)}: expected a column of numbers, ` +
        `found ${type}`,
    );
  }
}

/** @throws EngineError UNKNOWN_COLUMN with the nearest name. */
export function columnOf(
  { name: table, columns }: TableSchema,
  name: string,
  place: string,
): ColumnSchema {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const known = columns.map((candidate) => candidate.name);
  throw new EngineError(
    'UNKNOWN_COLUMN',
    `${place}: table ${table} has no column ${name}${didYouMean(name, known)}`,
  );
}
