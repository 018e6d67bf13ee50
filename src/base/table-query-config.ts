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
  /**
   * Columns whose least and greatest values brokers know of each segment, the most important first.
   */
  readonly prunerColumns: readonly string[];
}

/** What holds for a table that says nothing. */
export const DEFAULT_QUERY_CONFIG: TableQueryConfig = {
  selector: 'balanced',
  queriesPerSecondMax: null,
  prunerColumns: [],
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
    queriesPerSecondMax: rateOf(quota.maxQueriesPerSecond ?? null, `${place}: quota`),
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
const QUOTA_KEYS = ['maxQueriesPerSecond', 'storage'];

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

/** Pinot takes a number or its text. */
function rateOf(json: PlainJson, place: string): number | null {
  if (json === null) return null;
  const rate = typeof json === 'string' && json.trim() !== '' ? Number(json) : json;
  if (typeof rate === 'number' && rate > 0 && Number.isFinite(rate)) return rate;
  const found = JSON.stringify(json);
  const message = `${place}: expected maxQueriesPerSecond above 0, found ${found}`;
  throw new EngineError('BAD_REQUEST', message);
}
