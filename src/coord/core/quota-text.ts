/*
 * Quotas live in nodes, as in ZooKeeper: for the tree below `/a`, the limits are the text of
 * `/zookeeper/quota/a/zookeeper_limits` and the usage that of `/zookeeper/quota/a/zookeeper_stats`.
 * Both are `count=4,bytes=5=;byteHardLimit=10;countHardLimit=10` (ZooKeeper's StatsTrack): pairs
 * between `,` or `;`, and a stray `=` behind bytes that stopped the parser of old versions.
 */

/** The node below which everything about quotas is. */
export const QUOTA_PATH = '/zookeeper/quota';

const BELOW_QUOTA_PATH = `${QUOTA_PATH}/`;
const LIMITS_NAME = '/zookeeper_limits';
const STATS_NAME = '/zookeeper_stats';

/** The numbers of one text by their names; what is absent counts as -1, which is no limit. */
export type QuotaNumbers = Map<string, bigint>;

/** The path whose quota a limits node sets, or null for every other node. */
export function pathLimitedBy(path: string): string | null {
  return pathMeant(path, LIMITS_NAME);
}

/** The path whose usage a stats node shows, empty for the whole tree; null for other nodes. */
export function pathMeasuredBy(path: string): string | null {
  if (path === QUOTA_PATH + STATS_NAME) return '';
  return pathMeant(path, STATS_NAME);
}

/** The limits node of a path. */
export function limitsPath(path: string): string {
  return QUOTA_PATH + path + LIMITS_NAME;
}

/** The stats node of a path. */
export function statsPath(path: string): string {
  return QUOTA_PATH + path + STATS_NAME;
}

/** The numbers in a text, or null when it is no such text. An empty text has none. */
export function parseQuota(text: string): QuotaNumbers | null {
  const numbers: QuotaNumbers = new Map();
  if (text === '') return numbers;
  const pairs = text.split(/[,;]+/);
  while (pairs.at(-1) === '') pairs.pop();
  for (const pair of pairs) {
    const [name = '', value, ...rest] = pair.split('=');
    // Java drops empty parts from the end, and then finds no value.
    if (value === undefined || (value === '' && rest.every((part) => part === ''))) return null;
    const number = value === '' ? -1n : parseLong(value);
    if (number === null) return null;
    numbers.set(name, number);
  }
  return numbers;
}

/** The text of the numbers: count and bytes first, for the parsers of old versions. */
export function quotaText(numbers: QuotaNumbers): string {
  const text = `count=${quotaNumber(numbers, 'count')},bytes=${quotaNumber(numbers, 'bytes')}`;
  const others = [...numbers.keys()].filter((name) => name !== 'count' && name !== 'bytes').sort();
  if (others.length === 0) return text;
  return `${text}=${others.map((name) => `;${name}=${numbers.get(name)}`).join('')}`;
}

/** One of the numbers, -1 when it is absent. */
export function quotaNumber(numbers: QuotaNumbers, name: string): bigint {
  return numbers.get(name) ?? -1n;
}

// As Java's Long.parseLong.
function parseLong(text: string): bigint | null {
  const match = /^(?<sign>[+-]?)0*(?<digits>\d{1,19})$/.exec(text);
  if (match?.groups === undefined) return null;
  const magnitude = BigInt(match.groups.digits!);
  const number = match.groups.sign === '-' ? -magnitude : magnitude;
  return BigInt.asIntN(64, number) === number ? number : null;
}

function pathMeant(path: string, name: string): string | null {
  if (!path.startsWith(BELOW_QUOTA_PATH) || !path.endsWith(name)) return null;
  const meant = path.slice(QUOTA_PATH.length, -name.length);
  return meant === '' ? null : meant;
}
