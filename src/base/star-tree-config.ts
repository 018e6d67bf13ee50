import { EngineError } from './errors.ts';
import { type IndexConfig, indexName } from './index-config.ts';
import { didYouMean } from './nearest-name.ts';
import type { PlainJson } from './plain-json.ts';
import { readTimestampColumn } from './timestamp-column.ts';

/** Something that a star-tree has gathered for the rows of each of its records, beside their number. */
export interface StarTreeMetric {
  readonly function: 'sum' | 'min' | 'max';
  readonly column: string;
}

/** A star-tree as a table's configuration wants it. */
export interface StarTreeConfig {
  /** In the order in which the tree splits by them. */
  readonly dimensions: readonly string[];
  /** Each once. */
  readonly metrics: readonly StarTreeMetric[];
  /** A node of at most so many records has no children. */
  readonly maxLeafRecords: number;
  /** Dimensions over which nothing is aggregated. */
  readonly withoutStar: readonly string[];
}

/** Pinot's default. */
const MAX_LEAF_RECORDS_DEFAULT = 10_000;

/** What Pinot's functions are computed from; the number of rows is always there. */
const FUNCTIONS: Readonly<Record<string, readonly StarTreeMetric['function'][]>> = {
  COUNT: [],
  SUM: ['sum'],
  AVG: ['sum'],
  MIN: ['min'],
  MAX: ['max'],
  MINMAXRANGE: ['min', 'max'],
};

/** `sum(revenue)`: names a metric, also as a column. */
export function metricName({ function: name, column }: StarTreeMetric): string {
  return `${name}(${column})`;
}

/**
 * Reads what Pinot's `starTreeIndexConfigs` says of one tree.
 *
 * @throws EngineError BAD_REQUEST for a value that cannot be, NOT_SUPPORTED for a function whose values
 *   are not kept.
 */
export function starTreeConfig(index: IndexConfig, place = 'segment'): StarTreeConfig {
  const at = `${place}: ${indexName(index)}`;
  const { parameters, columns } = index;
  const pairs = [
    ...textsOf(parameters.functionColumnPairs ?? [], `${at}: functionColumnPairs`),
    ...listOf(parameters.aggregationConfigs ?? [], `${at}: aggregationConfigs`).map(pairOfConfig),
  ];
  const metrics = pairs.flatMap((pair) => metricsOf(pair, at));
  const withoutStar = textsOf(
    parameters.skipStarNodeCreationForDimensions ?? [],
    `${at}: skipStarNodeCreationForDimensions`,
  );
  const unknown = withoutStar.find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    const known = didYouMean(unknown, columns);
    throw wrong(at, 'dimensions to skip among its own', `${unknown}${known}`);
  }
  const maxLeafRecords = parameters.maxLeafRecords ?? MAX_LEAF_RECORDS_DEFAULT;
  if (!Number.isSafeInteger(maxLeafRecords) || Number(maxLeafRecords) < 1) {
    throw wrong(at, 'maxLeafRecords of at least 1', JSON.stringify(maxLeafRecords));
  }
  const repeated = columns.find((name, first) => columns.indexOf(name) !== first);
  if (repeated !== undefined) throw wrong(at, 'each dimension once', repeated);
  const confused = metrics.map(metricName).find((name) => columns.includes(name));
  if (confused !== undefined) throw wrong(at, 'no dimension with the name of a metric', confused);
  const byName = new Map(metrics.map((metric) => [metricName(metric), metric]));
  return {
    ...{ dimensions: columns, metrics: [...byName.values()], withoutStar },
    maxLeafRecords: Number(maxLeafRecords),
  };
}

/** The columns that an index is built from. */
export function indexColumns(index: IndexConfig): readonly string[] {
  if (index.kind === 'timestamp') {
    return index.columns.map((name) => readTimestampColumn(name)?.column ?? name);
  }
  if (index.kind !== 'startree') return index.columns;
  const metrics = starTreeConfig(index).metrics.map(({ column }) => column);
  return [...new Set([...index.columns, ...metrics])];
}

/** `{columnName, aggregationFunction}` as the pair that means the same; settings of storage aside. */
function pairOfConfig(json: PlainJson): string {
  const config = typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {};
  const { columnName = '*', aggregationFunction = '' } = config as Readonly<
    Record<string, PlainJson>
  >;
  return `${aggregationFunction}__${columnName}`;
}

function metricsOf(pair: string, place: string): StarTreeMetric[] {
  const at = pair.indexOf('__');
  const [name, column] = [pair.slice(0, Math.max(0, at)), pair.slice(at + 2)];
  if (at < 1 || column === '') throw wrong(place, 'pairs such as SUM__column', pair);
  const functions = FUNCTIONS[name.toUpperCase()];
  if (functions === undefined) {
    const known = Object.keys(FUNCTIONS).join(', ');
    throw new EngineError(
      'NOT_SUPPORTED',
      `${place}: a star-tree keeps ${known}; ${pair} is not supported, leave it out`,
    );
  }
  if (column === '*' && functions.length > 0) throw wrong(place, 'a column', pair);
  return functions.map((one) => ({ function: one, column }));
}

function textsOf(json: PlainJson, place: string): string[] {
  return listOf(json, place).map((text) => {
    if (typeof text === 'string') return text;
    throw wrong(place, 'texts', JSON.stringify(text));
  });
}

function listOf(json: PlainJson, place: string): readonly PlainJson[] {
  if (Array.isArray(json)) return json;
  throw wrong(place, 'a list', JSON.stringify(json));
}

function wrong(place: string, expected: string, found: string): EngineError {
  return new EngineError('BAD_REQUEST', `${place}: expected ${expected}, found ${found}`);
}
