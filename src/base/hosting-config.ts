import { checkKeys, keys, listOf, notSupported, recordOf, wrong } from './config-keys.ts';
import { DEFAULT_SERVER_TAG, REPLICATION_MAX } from './placement-limits.ts';
import type { PlainJson, PlainJsonRecord } from './plain-json.ts';
import type { TableSchema } from './types.ts';

/** Where the segments of a table are kept, how many copies of them, and for how long. */
export interface HostingConfig {
  /** Copies of each segment; null where the configuration does not say. */
  readonly replication: number | null;
  /** Servers with this tag hold the table. */
  readonly serverTag: string;
  /** Null when copies are spread over single servers. */
  readonly groups: ReplicaGroupConfig | null;
  /** The first that a segment belongs to has it. */
  readonly tiers: readonly TierConfig[];
  /** Age of a segment's latest row, in milliseconds, after which it is dropped; null for never. */
  readonly retentionMs: number | null;
  /** Most bytes of one copy of all segments; null for any number. */
  readonly quotaBytes: number | null;
  /** Milliseconds of one unit of an integer time column. */
  readonly timeUnitMs: number;
}

/** Groups of servers of which each has one copy of the whole table. */
export interface ReplicaGroupConfig {
  readonly groupCount: number;
  /** 0 for as many as there are. */
  readonly serversPerGroup: number;
  /** Segments of one partition go to one server of each group. */
  readonly byPartition: boolean;
}

/** Segments that are on servers of their own. */
export interface TierConfig {
  readonly name: string;
  readonly serverTag: string;
  /** Age of a segment's latest row in milliseconds from which on it belongs here; null for `segments`. */
  readonly ageMs: number | null;
  /** Names of the segments that belong here. */
  readonly segments: ReadonlySet<string>;
}

/**
 * Reads what a table configuration in Pinot's words says about where segments are kept.
 *
 * @throws EngineError BAD_REQUEST for a value that cannot be, UNKNOWN_OPTION for a key that Pinot has
 *   not either, NOT_SUPPORTED for what Pinot has and Nyala has not.
 */
export function readHostingConfig(
  json: PlainJsonRecord,
  place: string,
  schema: TableSchema,
): HostingConfig {
  const segments = recordOf(json.segmentsConfig ?? {}, `${place}: segmentsConfig`);
  const quota = recordOf(json.quota ?? {}, `${place}: quota`);
  const replication = segments.replication ?? segments.replicasPerPartition ?? null;
  const assigned = readAssignment(json.instanceAssignmentConfigMap ?? {}, place);
  const hosting: HostingConfig = {
    replication: replication === null ? null : readReplication(replication, place),
    serverTag: assigned.tag ?? tenantTag(json.tenants ?? {}, place),
    groups: assigned.groups,
    tiers: readTiers(json.tierConfigs ?? [], `${place}: tierConfigs`),
    retentionMs: readRetention(segments, `${place}: segmentsConfig`),
    quotaBytes: quota.storage === undefined ? null : bytesOf(quota.storage, `${place}: quota`),
    timeUnitMs: unitMsOf(segments.timeType ?? 'MILLISECONDS', `${place}: segmentsConfig.timeType`),
  };
  checkTimeColumn(hosting, segments, `${place}: segmentsConfig`, schema);
  return hosting;
}

function readReplication(json: PlainJson, place: string): number {
  return countOf(json, `${place}: segmentsConfig.replication`, 1, REPLICATION_MAX);
}

function tenantTag(json: PlainJson, place: string): string {
  const tenants = recordOf(json, `${place}: tenants`);
  checkKeys(
    tenants,
    { ...keys('read', 'server'), ...keys('ignored', 'broker', 'tagOverrideConfig') },
    `${place}: tenants`,
  );
  const { server = null } = tenants;
  return server === null ? DEFAULT_SERVER_TAG : `${textOf(server, `${place}: tenants`)}_OFFLINE`;
}

const GROUP_KEYS = {
  ...keys('read', 'replicaGroupBased', 'numReplicaGroups', 'numInstancesPerReplicaGroup'),
  ...keys('read', 'numPartitions', 'numInstancesPerPartition', 'numInstances'),
  ...keys('ignored', 'partitionColumn', 'minimizeDataMovement'),
};

function readAssignment(
  json: PlainJson,
  place: string,
): { readonly tag: string | null; readonly groups: ReplicaGroupConfig | null } {
  const at = `${place}: instanceAssignmentConfigMap`;
  const map = recordOf(json, at);
  checkKeys(map, { ...keys('read', 'OFFLINE'), ...keys('refused', 'CONSUMING', 'COMPLETED') }, at);
  const own = recordOf(map.OFFLINE ?? {}, `${at}.OFFLINE`);
  checkKeys(
    own,
    {
      ...keys('read', 'tagPoolConfig', 'replicaGroupPartitionConfig'),
      ...keys('ignored', 'minimizeDataMovement', 'partitionSelector'),
      ...keys('refused', 'constraintConfig'),
    },
    `${at}.OFFLINE`,
  );
  const pool = recordOf(own.tagPoolConfig ?? {}, `${at}.OFFLINE.tagPoolConfig`);
  const poolKeys = {
    ...keys('read', 'tag'),
    ...keys('refused', 'poolBased', 'pools'),
    ...keys('ignored', 'numPools'),
  };
  checkKeys(pool, poolKeys, `${at}.OFFLINE.tagPoolConfig`);
  const rules = own.replicaGroupPartitionConfig ?? {};
  const tag = pool.tag === undefined ? null : textOf(pool.tag, `${at}.OFFLINE.tagPoolConfig.tag`);
  return { tag, groups: readGroups(rules, `${at}.OFFLINE.replicaGroupPartitionConfig`) };
}

function readGroups(json: PlainJson, at: string): ReplicaGroupConfig | null {
  const rules = recordOf(json, at);
  checkKeys(rules, GROUP_KEYS, at);
  const count = (key: keyof typeof GROUP_KEYS) => countOf(rules[key] ?? 0, `${at}.${key}`, 0);
  if (rules.replicaGroupBased !== true) {
    if (count('numInstances') > 0) throw notSupported(at, 'numInstances');
    return null;
  }
  if (count('numInstancesPerPartition') > 1) throw notSupported(at, 'numInstancesPerPartition');
  return {
    groupCount: countOf(rules.numReplicaGroups ?? 0, `${at}.numReplicaGroups`, 1, REPLICATION_MAX),
    serversPerGroup: count('numInstancesPerReplicaGroup'),
    byPartition: count('numPartitions') > 1,
  };
}

const TIER_KEYS = {
  ...keys('read', 'name', 'segmentSelectorType', 'segmentAge', 'segmentList', 'serverTag'),
  ...keys('ignored', 'storageType'),
  ...keys('refused', 'tierBackend', 'tierBackendProperties'),
};

/** Lists of segments first, then by age, the oldest first, so that the first that fits has a segment. */
function readTiers(json: PlainJson, place: string): TierConfig[] {
  const tiers = listOf(json, place).map((item, index): TierConfig => {
    const at = `${place}[${index}]`;
    const tier = recordOf(item, at);
    checkKeys(tier, TIER_KEYS, at);
    const selector = textOf(tier.segmentSelectorType ?? null, `${at}.segmentSelectorType`);
    const isTime = selector.toLowerCase() === 'time';
    if (!isTime && selector.toLowerCase() !== 'fixed') {
      throw wrong(`${at}.segmentSelectorType`, 'time or fixed', selector);
    }
    const list = listOf(tier.segmentList ?? [], `${at}.segmentList`);
    return {
      name: textOf(tier.name ?? null, `${at}.name`),
      serverTag: textOf(tier.serverTag ?? null, `${at}.serverTag`),
      ageMs: isTime ? periodMsOf(tier.segmentAge ?? null, `${at}.segmentAge`) : null,
      segments: new Set(isTime ? [] : list.map((name) => textOf(name, `${at}.segmentList`))),
    };
  });
  const age = ({ ageMs }: TierConfig) => ageMs ?? Number.POSITIVE_INFINITY;
  return tiers.sort((left, right) => age(right) - age(left) || 0);
}

function readRetention(segments: PlainJsonRecord, at: string): number | null {
  const { retentionTimeUnit: unit = null, retentionTimeValue: value = null } = segments;
  if (unit === null && value === null) return null;
  if (unit === '' && value === '') return null;
  const count = countOf(value, `${at}.retentionTimeValue`, 1);
  return count * unitMsOf(unit, `${at}.retentionTimeUnit`);
}

/** What goes by the time of rows needs to know which column that is, and its unit. */
function checkTimeColumn(
  { retentionMs, tiers }: HostingConfig,
  segments: PlainJsonRecord,
  at: string,
  { columns }: TableSchema,
): void {
  if (retentionMs === null && tiers.every(({ ageMs }) => ageMs === null)) return;
  const name = segments.timeColumnName ?? null;
  const column = columns.find((each) => each.name === name);
  const expected = 'a column, for retention and tiers by age';
  if (column === undefined) throw wrong(`${at}.timeColumnName`, expected, JSON.stringify(name));
  if (column.type === 'TIMESTAMP' || column.type === 'DATE') return;
  if (column.type !== 'INT' && column.type !== 'BIGINT') {
    const types = 'a column of type TIMESTAMP, DATE, INT or BIGINT';
    throw wrong(`${at}.timeColumnName`, types, `${column.name} ${column.type}`);
  }
  if (segments.timeType === undefined) {
    throw wrong(`${at}.timeType`, `the unit of ${column.name}, such as DAYS`, 'none');
  }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  DAYS: 86_400_000,
  HOURS: 3_600_000,
  MINUTES: 60_000,
  SECONDS: 1_000,
  MILLISECONDS: 1,
  MICROSECONDS: 0.001,
  NANOSECONDS: 0.000001,
};

function unitMsOf(json: PlainJson, at: string): number {
  const unit = typeof json === 'string' ? UNITS_MS[json.toUpperCase()] : undefined;
  if (unit !== undefined) return unit;
  throw wrong(at, Object.keys(UNITS_MS).join(', '), JSON.stringify(json));
}

const PERIOD = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/i;

/** Milliseconds of a period such as `7d` or `1d12h`. */
function periodMsOf(json: PlainJson, at: string): number {
  const match = typeof json === 'string' && json !== '' ? PERIOD.exec(json) : null;
  if (match === null) throw wrong(at, 'a period such as 7d or 12h', JSON.stringify(json));
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1_000;
}

const BYTE_UNITS = ['', 'K', 'M', 'G', 'T', 'P'];

/** Bytes of an amount such as `100G`. */
function bytesOf(json: PlainJson, at: string): number {
  const text = typeof json === 'string' ? json.trim() : '';
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([KMGTP]?)B?$/i.exec(text);
  if (match === null) throw wrong(`${at}.storage`, 'an amount such as 100G', JSON.stringify(json));
  return Math.floor(Number(match[1]) * 1_024 ** BYTE_UNITS.indexOf(match[2]!.toUpperCase()));
}

/** A count that may be written as a text, as Pinot does with some. */
function countOf(json: PlainJson, at: string, min: number, max = 1_000_000): number {
  const count = typeof json === 'string' && /^\d{1,9}$/.test(json) ? Number(json) : json;
  const isCount = typeof count === 'number' && Number.isInteger(count);
  if (isCount && count >= min && count <= max) return count;
  throw wrong(at, `an integer from ${min} to ${max}`, JSON.stringify(json));
}

function textOf(json: PlainJson, at: string): string {
  if (typeof json === 'string' && /^[\w.-]{1,200}$/.test(json)) return json;
  throw wrong(at, 'a name of letters, digits, _, . and -', JSON.stringify(json));
}
