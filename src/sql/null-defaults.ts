import { arrayText } from '../base/array-text.ts';
import {
  type ArrayType,
  type DataType,
  type DecimalType,
  elementType,
  isArray,
  isDecimal,
  type TableSchema,
  type Value,
} from '../base/types.ts';
import type { BoundQuery } from './bind.ts';
import type { Expression } from './expression.ts';
import { call, literal, mapArguments, mapWindow } from './expression-tools.ts';

type PlainType = Exclude<DataType, DecimalType | ArrayType>;

/**
 * What a NULL reads as under `SET enableNullHandling = false`: Pinot's default values of dimensions. A
 * schema here does not tell metrics, whose default is 0 in Pinot, from dimensions.
 */
const DEFAULT_VALUES: Readonly<Record<PlainType, Exclude<Value, null>>> = {
  BOOLEAN: false,
  TINYINT: -(2 ** 7),
  SMALLINT: -(2 ** 15),
  INT: -(2 ** 31),
  BIGINT: -(2n ** 63n),
  FLOAT: Number.NEGATIVE_INFINITY,
  DOUBLE: Number.NEGATIVE_INFINITY,
  STRING: 'null',
  JSON: 'null',
  BYTES: '',
  TIMESTAMP: 0n,
  DATE: 0,
};

/**
 * A query in which every column of a table reads its type's default value instead of NULL; `IS NULL` of a column
 * still asks for NULL. COUNT of a column counts all rows then. Segments in which a column has no NULL
 * read it as it is; see `withoutNullDefaults` in `src/exec/`.
 */
export function withNullDefaults(query: BoundQuery): BoundQuery {
  const { table, input, filter, groups, windows, qualify, outputs } = query;
  if (input !== null) return { ...query, input: withNullDefaults(input) };
  if (table === null) return query;
  const read = (expression: Expression): Expression => readDefaults(expression, table);
  return {
    ...query,
    filter: filter === null ? null : read(filter),
    groups: groups && {
      ...groups,
      keys: groups.keys.map(read),
      aggregates: groups.aggregates.map((aggregate) => {
        const isCount = aggregate.function === 'count';
        const args = aggregate.args.filter((arg) => !(isCount && arg.kind === 'column'));
        const condition = aggregate.filter === null ? null : read(aggregate.filter);
        return { ...aggregate, args: args.map(read), filter: condition };
      }),
    },
    windows: groups === null ? windows.map((window) => mapWindow(window, read)) : windows,
    qualify: groups === null && qualify !== null ? read(qualify) : qualify,
    outputs: groups === null ? outputs.map(read) : outputs,
  };
}

/** Of an array: one element, which is the default of its type. */
function defaultValue(type: DataType): Exclude<Value, null> {
  if (isDecimal(type)) return 0n;
  return isArray(type) ? arrayText([defaultValue(elementType(type))]) : DEFAULT_VALUES[type];
}

function readDefaults(expression: Expression, table: TableSchema): Expression {
  if (expression.kind === 'literal') return expression;
  if (expression.kind === 'column') {
    if (!table.columns.some(({ name }) => name === expression.name)) return expression;
    const { type } = expression;
    return call('coalesce', [expression, literal(type, defaultValue(type))], type);
  }
  const isNullTest = expression.function === 'is_null' || expression.function === 'is_not_null';
  if (isNullTest && expression.args[0]!.kind === 'column') return expression;
  return mapArguments(expression, (argument) => readDefaults(argument, table));
}
