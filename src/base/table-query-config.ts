import { namesOf } from './config-keys.ts';
import { EngineError } from './errors.ts';
import { didYouMean } from './nearest-name.ts';
import type { PlainJson, PlainJsonRecord } from './plain-json.ts';
import { type DataType, isArray } from './types.ts';

/**
 * How servers are chosen among replicas, by Pinot's names of `routing.instanceSelectorType`: for each segment
 * another one (`balanced`), or for all segments of a query servers of one group of replicas, so that a query
 * touches few servers. The group that `strictReplicaGroup` takes is whole if any is.
 */
export type InstanceSelector = 'balanced' | 'replicaGroup' | 'strictReplicaGroup';

/** What a table configuration says about queries. */
export interface TableQueryConfig {
  readonly selector: InstanceSelector;
  /** Queries a second on all brokers together; null for any number. */
  readonly queriesPerSecondMax: number | null;
  /** Time over which that is meant: what comes in all of it may come at once. */
  readonly quotaWindowSeconds: number;
  /** Columns whose least and greatest values brokers know of each segment, the most important first. */
  readonly prunerColumns: readonly string[];
}

/** What holds for a table that says nothing. */
export const DEFAULT_QUERY_CONFIG: TableQueryConfig = {
  selector: 'balanced',
  queriesPerSecondMax: null,
  prunerColumns: [],
  quotaWindowSeconds: 1,
};

/** Pinot's names; that of its multi-stage engine chooses as the plain one does. */
const SELECTORS: Readonly<Record<string, InstanceSelector>> = {
  balanced: 'balanced',
  replicaGroup: 'replicaGroup',
  strictReplicaGroup: 'strictReplicaGroup',
  multiStageReplicaGroup: 'replicaGroup',
};

/**
 * Reads Pinot's `routing` and `quota` of a table configuration. Of the rest of both nothing has an effect
 * on queries: pruners are always used, and `hosting-config.ts` reads the quota of storage. Nyala's own
 * `routing.segmentPrunerColumns` is, unless it is said, the column by which rows are sorted.
 *
 * @param place what the configuration is called in messages.
 * @throws EngineError BAD_REQUEST for a value that cannot be, UNKNOWN_OPTION for an unknown key or selector.
 */
export function readQueryConfig(config: PlainJsonRecord, place: string): TableQueryConfig {
  const routing = section(config, 'routing', ROUTING_KEYS, place);
  const quota = section(config, 'quota', QUOTA_KEYS, place);
  return {
    selector: selectorOf(routing.instanceSelectorType ?? null, `${place}: routing`),
    ...quotaOf(quota, `${place}: quota`),
    prunerColumns: namesOf(
      routing.segmentPrunerColumns ?? sortedColumn(config),
      `${place}: routing.segmentPrunerColumns`,
    ),
  };
}

/**
 * Whether columns of a type can be pruner columns: bytes are not text that can be cut, and two values of a
 * flag rule nothing out.
 */
export function isPrunerType(type: DataType): boolean {
  return !isArray(type) && type !== 'BYTES' && type !== 'BOOLEAN';
}

const ROUTING_KEYS = [
  ...['instanceSelectorType', 'segmentPrunerTypes', 'segmentPrunerColumns'],
  'useFixedReplica',
];
const WINDOW_KEYS = ['rateLimits', 'rateLimiterDuration', 'rateLimiterUnit'] as const;
const QUOTA_KEYS = ['maxQueriesPerSecond', 'storage', ...WINDOW_KEYS];
/** Pinot has no others. */
const WINDOW_UNITS_SECONDS: Readonly<Record<string, number>> = { SECONDS: 1, MINUTES: 60 };

function section(
  config: PlainJsonRecord,
  name: string,
  keys: readonly string[],
  place: string,
): PlainJsonRecord {
  const found = config[name] ?? {};
  if (typeof found !== 'object' || Array.isArray(found)) {
    const text = JSON.stringify(found);
    throw new EngineError('BAD_REQUEST', `${place}: expected an object as ${name}, found ${text}`);
  }
  for (const key of Object.keys(found)) {
    if (keys.includes(key)) continue;
    const message = `${place}: ${name}: expected ${keys.join(', ')}, found ${key}`;
    throw new EngineError('UNKNOWN_OPTION', message + didYouMean(key, keys));
  }
  return found as PlainJsonRecord;
}

function selectorOf(json: PlainJson, place: string): InstanceSelector {
  if (json === null) return DEFAULT_QUERY_CONFIG.selector;
  const names = Object.keys(SELECTORS);
  const text = String(json);
  const name = names.find((known) => known.toLowerCase() === text.toLowerCase());
  if (name !== undefined) return SELECTORS[name]!;
  const message = `${place}: expected an instanceSelectorType of ${names.join(', ')}, found ${text}`;
  throw new EngineError('UNKNOWN_OPTION', message + didYouMean(text, names));
}

/** As it is written: `readTableConfig` checks it. */
function sortedColumn({ tableIndexConfig = null }: PlainJsonRecord): PlainJson {
  if (tableIndexConfig === null || typeof tableIndexConfig !== 'object') return [];
  const { sortedColumn: sorted = [] } = tableIndexConfig as PlainJsonRecord;
  return Array.isArray(sorted) ? sorted : [];
}

/** A rate, which Pinot has two forms for: queries a second, or as many in a number of seconds or minutes. */
function quotaOf(
  quota: PlainJsonRecord,
  place: string,
): Pick<TableQueryConfig, 'queriesPerSecondMax' | 'quotaWindowSeconds'> {
  const { maxQueriesPerSecond = null, rateLimiterUnit = null } = quota;
  if (WINDOW_KEYS.every((key) => (quota[key] ?? null) === null)) {
    const isAny = maxQueriesPerSecond === null;
    const rate = isAny ? null : positive(quota, 'maxQueriesPerSecond', place);
    return { queriesPerSecondMax: rate, quotaWindowSeconds: 1 };
  }
  if (maxQueriesPerSecond !== null) {
    const message = `${place}: expected maxQueriesPerSecond or ${WINDOW_KEYS.join(', ')}, found both`;
    throw new EngineError('BAD_REQUEST', message);
  }
  const unitSeconds = WINDOW_UNITS_SECONDS[String(rateLimiterUnit).toUpperCase()];
  if (unitSeconds === undefined) {
    const units = Object.keys(WINDOW_UNITS_SECONDS).join(' or ');
    const found = JSON.stringify(rateLimiterUnit);
    const message = `${place}: expected a rateLimiterUnit of ${units}, found ${found}`;
    throw new EngineError('BAD_REQUEST', message);
  }
  const quotaWindowSeconds = positive(quota, 'rateLimiterDuration', place) * unitSeconds;
  const queriesPerSecondMax = positive(quota, 'rateLimits', place) / quotaWindowSeconds;
  return { queriesPerSecondMax, quotaWindowSeconds };
}

/** Pinot takes a number or its text. */
function positive(quota: PlainJsonRecord, key: string, place: string): number {
  const json = quota[key] ?? null;
  const number = typeof json === 'string' && json.trim() !== '' ? Number(json) : json;
  if (typeof number === 'number' && number > 0 && Number.isFinite(number)) return number;
  const message = `${place}: expected ${key} above 0, found ${JSON.stringify(json)}`;
  throw new EngineError('BAD_REQUEST', message);
}
