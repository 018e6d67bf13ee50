import { hostAndPort } from '../../io/network.ts';
import type { Member } from '../core/raft/types.ts';
import type { ConnectionStatistics } from '../metrics/connection-statistics.ts';
import { javaDouble } from '../metrics/monitor.ts';
import { COORDINATOR_VERSION, type CoordinatorStatus, type SessionStatus } from '../status.ts';

/* The texts of ZooKeeper's four-letter words, as its classes in server/command print them. */

/** `srvr`, and with the clients `stat`. */
export function serverText(
  status: CoordinatorStatus,
  options: { readonly withClients: boolean },
): string {
  const { latencyMs, packetsReceived, packetsSent, proposalSizes } = status.metrics;
  const lines = [`Zookeeper version: ${COORDINATOR_VERSION}`];
  if (status.role === 'read-only') lines.push('READ-ONLY mode; serving only read-only clients');
  if (options.withClients) {
    lines.push('Clients:');
    for (const connection of status.connections()) lines.push(briefConnectionText(connection));
    lines.push('');
  }
  lines.push(
    `Latency min/avg/max: ${latencyMs.min}/${javaDouble(latencyMs.average)}/${latencyMs.max}`,
    `Received: ${packetsReceived.value}`,
    `Sent: ${packetsSent.value}`,
    `Connections: ${status.connectionCount}`,
    `Outstanding: ${status.outstandingCount}`,
    `Zxid: ${hexadecimal(status.appliedZxid)}`,
    `Mode: ${status.role}`,
    `Node count: ${status.tree.nodeCount}`,
  );
  if (status.role === 'leader') {
    const { last, min, max } = proposalSizes;
    lines.push(`Proposal sizes last/min/max: ${last}/${min}/${max}`);
  }
  return asLines(lines);
}

/** `cons`. */
export function connectionsText(status: CoordinatorStatus): string {
  return asLines([...[...status.connections()].map(connectionText), '']);
}

/** `conf`: the configuration, and the members of an ensemble. */
export function configurationText({ configuration, raft }: CoordinatorStatus): string {
  const lines = configuration.map(([key, value]) => `${key}=${value}`);
  if (raft !== null) lines.push('membership: ', ...raft.config.members.map(memberText));
  return asLines(lines);
}

/** A member as a line of the dynamic configuration. */
export function memberText(member: Member): string {
  const { id, role, peerHost, peerPort, electionPort, clientHost, clientPort } = member;
  const client = clientPort === 0 ? '' : `;${hostAndPort({ host: clientHost, port: clientPort })}`;
  const peer = hostAndPort({ host: peerHost, port: peerPort });
  return `server.${id}=${peer}:${electionPort}:${role}${client}`;
}

/** `dirs`. */
export function directoriesText({ storage }: CoordinatorStatus): string {
  return asLines([`datadir_size: ${storage.dataBytes}`, `logdir_size: ${storage.logBytes}`]);
}

/** `envi`; a node that is not ready knows its version. */
export function environmentText(status: CoordinatorStatus | null): string {
  const entries = environmentEntries(status).map(([key, value]) => `${key}=${value}`);
  return asLines(['Environment:', ...entries]);
}

/** What `envi` shows, the version first. */
export function environmentEntries(
  status: CoordinatorStatus | null,
): (readonly [key: string, value: string])[] {
  return [['zookeeper.version', COORDINATOR_VERSION], ...(status?.environment ?? [])];
}

/** `dump`: sessions, ephemeral nodes by their session, and connections. */
export function dumpText(status: CoordinatorStatus): string {
  const owners = [...status.tree.ephemerals()];
  return asLines([
    'SessionTracker dump:',
    ...sessionLines([...status.sessions()]),
    'ephemeral nodes dump:',
    `Sessions with Ephemerals (${owners.length}):`,
    ...owners.flatMap(([id, paths]) => [`${hexadecimal(id)}:`, ...paths.map(indented)]),
    'Connections dump:',
    ...[...status.connections()].map(({ facts, sessionId }) =>
      indented(`ip: ${socketAddress(facts.remote)} sessionId: ${hexadecimal(sessionId)}`),
    ),
  ]);
}

/** `wchs`. */
export function watchSummaryText({ watches }: CoordinatorStatus): string {
  return asLines([
    `${watches.connectionCount} connections watching ${watches.pathCount} paths`,
    `Total watches:${watches.watchCount}`,
  ]);
}

/** `wchc`. */
export function watchesText({ watches }: CoordinatorStatus): string {
  const lines = [...watches.bySession()].flatMap(([sessionId, paths]) => [
    hexadecimal(sessionId),
    ...paths.map(indented),
  ]);
  return asLines([...lines, '']);
}

/** `wchp`. */
export function watchesByPathText({ watches }: CoordinatorStatus): string {
  const lines = [...watches.byPath()].flatMap(([path, sessionIds]) => [
    path,
    ...sessionIds.map((id) => indented(hexadecimal(id))),
  ]);
  return asLines([...lines, '']);
}

/** A 64-bit number as ZooKeeper prints ids: `0x` and its digits without a sign. */
export function hexadecimal(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** An address as Java prints one that was not looked up: `/127.0.0.1:2181`. */
export function socketAddress(address: { host: string; port: number }): string {
  return `/${hostAndPort(address)}`;
}

/** The numbers of Java's selection keys: 1 listens to requests, 0 does not (yet). */
export function interestOps(connection: ConnectionStatistics): number {
  return connection.sessionId === 0n ? 0 : 1;
}

function briefConnectionText(connection: ConnectionStatistics): string {
  return `${connectionHead(connection)})`;
}

function connectionText(connection: ConnectionStatistics): string {
  const { facts, sessionId, sessionTimeoutMs, lastOperation, lastXid, lastZxid } = connection;
  if (sessionId === 0n) return briefConnectionText(connection);
  const { latencyMs, lastResponseMs, lastLatencyMs } = connection;
  const lastRequest = lastXid >= 0 ? `,lcxid=0x${lastXid.toString(16)}` : '';
  return (
    `${connectionHead(connection)},sid=${hexadecimal(sessionId)},lop=${lastOperation}` +
    `,est=${Math.floor(facts.establishedMs)},to=${sessionTimeoutMs}${lastRequest}` +
    `,lzxid=${hexadecimal(lastZxid)},lresp=${lastResponseMs},llat=${lastLatencyMs}` +
    `,minlat=${latencyMs.min},avglat=${Math.floor(latencyMs.average)},maxlat=${latencyMs.max})`
  );
}

function connectionHead(connection: ConnectionStatistics): string {
  const { facts, outstandingCount, receivedCount, sentCount } = connection;
  return (
    ` ${socketAddress(facts.remote)}[${interestOps(connection)}]` +
    `(queued=${outstandingCount},recved=${receivedCount},sent=${sentCount}`
  );
}

/** Sessions by the second in which they end, or as a follower lists them, who does not know. */
function sessionLines(sessions: readonly SessionStatus[]): string[] {
  if (sessions.some(({ expiresAtMs }) => expiresAtMs === null)) {
    const lines = sessions.map(({ id, timeoutMs }) => `${hexadecimal(id)}\t${timeoutMs}ms`);
    return [`Global Sessions(${sessions.length}):`, ...lines];
  }
  const sets = sessionsByExpiry(sessions);
  return [
    `Session Sets (${sets.size})/(${sessions.length}):`,
    ...[...sets].flatMap(([expiresAtMs, ids]) => [
      `${ids.length} expire at ${javaDate(expiresAtMs)}:`,
      ...ids.map((id) => indented(hexadecimal(id))),
    ]),
  ];
}

/** Ids of sessions by the wall clock's second in which they end, earliest first. */
export function sessionsByExpiry(sessions: Iterable<SessionStatus>): Map<number, bigint[]> {
  const sets = new Map<number, bigint[]>();
  for (const { id, expiresAtMs } of sessions) {
    if (expiresAtMs === null) continue;
    const second = Math.ceil(expiresAtMs / 1_000) * 1_000;
    const ids = sets.get(second) ?? [];
    sets.set(second, ids);
    ids.push(id);
  }
  return new Map([...sets].sort(([left], [right]) => left - right));
}

/** As Java's Date prints itself: `Thu Nov 26 02:20:59 UTC 2026`. */
function javaDate(wallMs: number): string {
  const parts = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(new Date(wallMs).toUTCString());
  const [, weekday, day, month, year, time] = parts ?? [];
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}

function indented(line: string): string {
  return `\t${line}`;
}

function asLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
