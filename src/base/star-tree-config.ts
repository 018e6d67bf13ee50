import { EngineError } from './errors.ts';
import { type IndexConfig, indexName } from './index-config.ts';
import { didYouMean } from './nearest-name.ts';
import type { PlainJson } from './plain-json.ts';
import { readTimestampColumn } from './timestamp-column.ts';

/** How the values of a record's rows become one. */
export type StarTreeFold = 'sum' | 'min' | 'max';

/** Kinds of sketches that a record may have of its rows' values. */
export type StarTreeSketch = 'hyperloglog' | 'tdigest' | 'kll';

/** Something that a star-tree has gathered for the rows of each of its records, beside their number. */
export interface StarTreeMetric {
  readonly function: StarTreeFold | StarTreeSketch;
  readonly column: string;
  /** Of a sketch the numbers that say how it is laid out, as queries have them behind the argument. */
  readonly sizes: readonly number[];
}

/** True for what is a sketch of values and not one of them or their sum. */
export function isSketch(name: string): name is StarTreeSketch {
  return SKETCHES.has(name);
}

const SKETCHES: ReadonlySet<string> = new Set<StarTreeSketch>(['hyperloglog', 'tdigest', 'kll']);

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

/** A number that says how sketches are laid out: the setting that changes it, and its bounds. */
interface SketchSize {
  /** Null where there is none. */
  readonly setting: string | null;
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

/** A function of Pinot, by what it is computed from. */
interface PairFunction {
  readonly gathers: readonly StarTreeMetric['function'][];
  readonly sizes?: readonly SketchSize[];
}

const SPARSE_BITS: SketchSize = { setting: null, value: 25, min: 0, max: 25 };
const LOG2M: SketchSize = { setting: 'log2m', value: 12, min: 4, max: 16 };
const PLUS: SketchSize = { setting: 'p', value: 14, min: 4, max: 16 };
const FACTOR: SketchSize = { setting: 'compressionFactor', value: 100, min: 20, max: 10_000 };
const K: SketchSize = { setting: 'K', value: 200, min: 8, max: 65_535 };
const DIGEST: PairFunction = { gathers: ['tdigest'], sizes: [FACTOR] };
const KLL: PairFunction = { gathers: ['kll'], sizes: [K] };

/**
 * Pinot's functions and what they are computed from; the number of rows is always there. The sizes of
 * sketches are those that queries have when they name none.
 */
const FUNCTIONS: Readonly<Record<string, PairFunction>> = {
  COUNT: { gathers: [] },
  SUM: { gathers: ['sum'] },
  AVG: { gathers: ['sum'] },
  MIN: { gathers: ['min'] },
  MAX: { gathers: ['max'] },
  MINMAXRANGE: { gathers: ['min', 'max'] },
  DISTINCTCOUNTHLL: { gathers: ['hyperloglog'], sizes: [LOG2M, SPARSE_BITS] },
  DISTINCTCOUNTHLLPLUS: { gathers: ['hyperloglog'], sizes: [PLUS, SPARSE_BITS] },
  PERCENTILETDIGEST: DIGEST,
  PERCENTILERAWTDIGEST: DIGEST,
  PERCENTILEEST: DIGEST,
  PERCENTILEKLL: KLL,
  PERCENTILERAWKLL: KLL,
};

/** `sum(revenue)` or `hyperloglog(customer, 12, 25)`: names a metric, also as a column. */
export function metricName({ function: name, column, sizes }: StarTreeMetric): string {
  return `${name}(${[column, ...sizes].join(', ')})`;
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
    ...textsOf(parameters.functionColumnPairs ?? [], `${at}: functionColumnPairs`).map((pair) => ({
      pair,
      settings: {},
    })),
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

/** A pair such as `SUM__revenue`, and what is said of its sketch's size. */
interface SizedPair {
  readonly pair: string;
  readonly settings: Readonly<Record<string, PlainJson>>;
}

/** `{columnName, aggregationFunction, functionParameters}`; settings of storage aside. */
function pairOfConfig(json: PlainJson): SizedPair {
  const { columnName = '*', aggregationFunction = '', functionParameters = {} } = recordOf(json);
  return {
    pair: `${aggregationFunction}__${columnName}`,
    settings: recordOf(functionParameters),
  };
}

function recordOf(json: PlainJson): Readonly<Record<string, PlainJson>> {
  const isRecord = typeof json === 'object' && json !== null && !Array.isArray(json);
  return isRecord ? (json as Readonly<Record<string, PlainJson>>) : {};
}

function metricsOf({ pair, settings }: SizedPair, place: string): StarTreeMetric[] {
  const at = pair.indexOf('__');
  const [name, column] = [pair.slice(0, Math.max(0, at)), pair.slice(at + 2)];
  if (at < 1 || column === '') throw wrong(place, 'pairs such as SUM__column', pair);
  const known = FUNCTIONS[name.toUpperCase()];
  if (known === undefined) {
    const names = Object.keys(FUNCTIONS).join(', ');
    throw new EngineError(
      'NOT_SUPPORTED',
      `${place}: a star-tree keeps ${names}; ${pair} is not supported, leave it out`,
    );
  }
  const { gathers, sizes = [] } = known;
  if (column === '*' && gathers.length > 0) throw wrong(place, 'a column', pair);
  const own = sizes.map((size) => sizeOf(size, settings, `${place}: ${pair}`));
  return gathers.map((one) => ({ function: one, column, sizes: own }));
}

function sizeOf(
  { setting, value, min, max }: SketchSize,
  settings: SizedPair['settings'],
  place: string,
): number {
  const given = setting === null ? undefined : settings[setting];
  if (given === undefined) return value;
  const size = Number(given);
  if (Number.isInteger(size) && size >= min && size <= max) return size;
  throw wrong(place, `${setting} from ${min} to ${max}`, JSON.stringify(given));
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
