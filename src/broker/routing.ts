import { EngineError } from '../base/errors.ts';
import type { InstanceSelector } from '../base/table-query-config.ts';

/** Which segments make up a table, and the servers to ask for each. */
export type SegmentServers = ReadonlyMap<string, readonly string[]>;

/** What a choice among replicas goes by. */
export interface Choice {
  readonly selector: InstanceSelector;
  /** Whether a server can be asked for a segment at all. */
  readonly isUsable: (server: string, segment: string) => boolean;
  /** Whether a server is taken to be well; others are asked only when there is nobody else. */
  readonly isTrusted: (server: string) => boolean;
  /** The least is best; null where replicas take turns. */
  readonly scoreOf: ((server: string) => number) | null;
  /** Any number; the next query passes the next one, so that replicas take turns. */
  readonly turn: number;
}

/** Who is asked for what. */
export interface Selection {
  /** Server → its segments; together they cover each segment once, but for the `uncovered`. */
  readonly shares: ReadonlyMap<string, readonly string[]>;
  /** Segments that no usable server has. */
  readonly uncovered: readonly string[];
}

/** Picks a server for each of the segments. */
export function assignSegments(
  segments: readonly string[],
  servers: SegmentServers,
  choice: Choice,
): Selection {
  const shares = new Map<string, string[]>();
  const uncovered: string[] = [];
  const pick =
    choice.selector === 'balanced' ? balanced(choice) : byGroup(segments, servers, choice);
  const isTrusted = remembered(choice.isTrusted);
  for (const segment of segments) {
    const usable = (servers.get(segment) ?? []).filter((one) => choice.isUsable(one, segment));
    const trusted = usable.filter(isTrusted);
    const server = pick(trusted.length > 0 ? trusted : usable);
    if (server === undefined) {
      uncovered.push(segment);
      continue;
    }
    const share = shares.get(server);
    if (share === undefined) shares.set(server, [segment]);
    else share.push(segment);
  }
  return { shares, uncovered };
}

/** The error of a segment that nobody can answer for. */
export function segmentUnavailable(segment: string, servers: SegmentServers): EngineError {
  const replicas = servers.get(segment) ?? [];
  const where = replicas.length === 0 ? 'no server' : `only ${replicas.join(', ')}`;
  return new EngineError(
    'SEGMENT_UNAVAILABLE',
    `broker: segment ${segment} is on ${where}, and none of them answers; ` +
      'start the server again or wait until it is back',
  );
}

/** One of the candidates; undefined for none. */
type Pick = (candidates: readonly string[]) => string | undefined;

function balanced({ turn, scoreOf }: Choice): Pick {
  let index = turn;
  if (scoreOf === null) return (candidates) => candidates[index++ % candidates.length];
  const score = remembered(scoreOf);
  return (candidates) => {
    const start = index++;
    let best: string | undefined;
    for (let at = 0; at < candidates.length; at++) {
      const candidate = candidates[(start + at) % candidates.length]!;
      if (best === undefined || score(candidate) < score(best)) best = candidate;
    }
    return best;
  };
}

/** A server of the first group that has a candidate. */
function byGroup(segments: readonly string[], servers: SegmentServers, choice: Choice): Pick {
  const groups = groupOrder(segments, servers, choice);
  const rank = new Map(groups.flatMap((group, at) => group.map((server) => [server, at] as const)));
  const rankOf = (server: string) => rank.get(server) ?? groups.length;
  return ([first, ...others]) =>
    others.reduce((best, one) => (rankOf(one) < rankOf(best!) ? one : best), first);
}

function groupOrder(
  segments: readonly string[],
  servers: SegmentServers,
  { selector, turn, scoreOf, isUsable, isTrusted }: Choice,
): (readonly string[])[] {
  const all = replicaGroups(servers);
  const groups = all.map((_, at) => all[(turn + at) % all.length]!);
  if (scoreOf !== null) {
    const worst = new Map(groups.map((group) => [group, Math.max(...group.map(scoreOf))]));
    groups.sort((left, right) => worst.get(left)! - worst.get(right)!);
  }
  if (selector === 'replicaGroup') return groups;
  const whole = groups.findIndex((group) => {
    const members = new Set(group.filter(isTrusted));
    return segments.every((name) =>
      servers.get(name)?.some((one) => members.has(one) && isUsable(one, name)),
    );
  });
  return whole <= 0 ? groups : [...groups.splice(whole, 1), ...groups];
}

const knownGroups = new WeakMap<SegmentServers, readonly (readonly string[])[]>();

/**
 * The groups of replicas of a table: servers that share no segment, by the order of their names. Where
 * segments were placed by groups these are those groups, or others that are as good.
 */
export function replicaGroups(servers: SegmentServers): readonly (readonly string[])[] {
  const known = knownGroups.get(servers);
  if (known !== undefined) return known;
  const rivals = new Map<string, Set<string>>();
  for (const replicas of servers.values()) {
    for (const server of replicas) {
      let others = rivals.get(server);
      if (others === undefined) {
        others = new Set();
        rivals.set(server, others);
      }
      for (const other of replicas) others.add(other);
    }
  }
  const groups: string[][] = [];
  for (const server of [...rivals.keys()].sort()) {
    const group = groups.find((members) => members.every((one) => !rivals.get(one)!.has(server)));
    if (group === undefined) groups.push([server]);
    else group.push(server);
  }
  knownGroups.set(servers, groups);
  return groups;
}

/** The same function, asked once for each server. */
function remembered<R>(of: (server: string) => R): (server: string) => R {
  const known = new Map<string, R>();
  return (server) => {
    const before = known.get(server);
    if (before !== undefined) return before;
    const result = of(server);
    known.set(server, result);
    return result;
  };
}
