import { COORDINATOR_VERSION, type CoordinatorStatus } from '../status.ts';
import type { NamedSummary } from './coordinator-metrics.ts';

/** A value of `mntr`, under ZooKeeper's name without the prefix `zk_`. */
export interface MonitorValue {
  readonly name: string;
  readonly value: string | number;
  /** Always printed with a fraction, as Java prints doubles; other numbers are whole. */
  readonly isFractional: boolean;
}

interface Gauge extends MonitorValue {
  readonly help: string;
  readonly value: number;
}

const PERCENTILES = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
] as const;

/** As ZooKeeper's Prometheus provider has them. */
const QUANTILES = [0.5, 0.9, 0.99];

/**
 * What the four-letter word `mntr` answers: a line `zk_<name>` TAB value for the version and the
 * state, then gauges, counters and summaries.
 */
export function monitorText(status: CoordinatorStatus): string {
  return monitorValues(status)
    .map(({ name, value, isFractional }) => {
      const text = isFractional ? javaDouble(Number(value)) : value;
      return `zk_${name}\t${text}\n`;
    })
    .join('');
}

/** All values of `mntr`, in its order. */
export function monitorValues(status: CoordinatorStatus): MonitorValue[] {
  const values = [whole('version', COORDINATOR_VERSION), whole('server_state', status.role)];
  if (status.raft !== null) values.push(whole('peer_state', peerState(status)));
  values.push(...gauges(status));
  for (const { name, counter } of status.metrics.counters()) {
    values.push(whole(name, counter.value));
  }
  for (const named of status.metrics.summaries()) values.push(...summaryValues(named));
  return values;
}

/**
 * All metrics in Prometheus' text format 0.0.4. Names are those of `mntr` without `zk_`, as
 * ZooKeeper's own Prometheus provider has them.
 */
export function prometheusText(status: CoordinatorStatus): string {
  const lines: string[] = [];
  const head = (name: string, help: string, type: string): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  };
  for (const { name, help, value } of gauges(status)) {
    head(name, help, 'gauge');
    lines.push(`${name} ${value}`);
  }
  for (const { name, help, counter } of status.metrics.counters()) {
    head(name, help, 'counter');
    lines.push(`${name} ${counter.value}`);
  }
  for (const { name, help, summary } of status.metrics.summaries()) {
    head(name, help, 'summary');
    if (summary.hasPercentiles) {
      for (const [index, value] of summary.percentiles(QUANTILES).entries()) {
        lines.push(`${name}{quantile="${QUANTILES[index]}"} ${value}`);
      }
    }
    lines.push(`${name}_sum ${summary.sum}`, `${name}_count ${summary.count}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A number as Java prints a double of usual size: with at least one decimal. */
export function javaDouble(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function gauges(status: CoordinatorStatus): Gauge[] {
  const { metrics, tree, watches } = status;
  const { latencyMs, responseSizes } = metrics;
  return [
    gauge('avg_latency', 'ms to answer a request', latencyMs.average, true),
    gauge('max_latency', 'greatest ms to answer a request', latencyMs.max),
    gauge('min_latency', 'least ms to answer a request', latencyMs.min),
    gauge('packets_received', 'packets from clients', metrics.packetsReceived.value),
    gauge('packets_sent', 'packets to clients', metrics.packetsSent.value),
    gauge('num_alive_connections', 'open client connections', status.connectionCount),
    gauge('outstanding_requests', 'requests waiting for the log', status.outstandingCount),
    gauge('uptime', 'ms since the node serves', Math.floor(status.uptimeMs)),
    gauge('znode_count', 'nodes in the tree', tree.nodeCount),
    gauge('watch_count', 'watches set through this node', watches.watchCount),
    gauge('ephemerals_count', 'ephemeral nodes', tree.ephemeralCount),
    ...(tree.approximateDataBytes === null
      ? []
      : [gauge('approximate_data_size', 'bytes of paths and data', tree.approximateDataBytes)]),
    gauge('global_sessions', 'sessions', status.sessionCount),
    gauge('local_sessions', 'sessions that only this node knows', status.localSessionCount),
    gauge('last_client_response_size', 'bytes of the last answer, or -1', responseSizes.last),
    gauge('max_client_response_size', 'bytes of the largest answer, or -1', responseSizes.max),
    gauge('min_client_response_size', 'bytes of the smallest answer, or -1', responseSizes.min),
    ...ensembleGauges(status),
    ...leaderGauges(status),
  ];
}

function ensembleGauges({ raft }: CoordinatorStatus): Gauge[] {
  if (raft === null) return [];
  const voters = raft.config.members.filter(({ role }) => role === 'participant');
  return [gauge('quorum_size', 'members that vote', voters.length)];
}

function leaderGauges(status: CoordinatorStatus): Gauge[] {
  const { raft, leaderUptimeMs, metrics } = status;
  if (status.role !== 'leader' || raft === null) return [];
  const others = raft.config.members.filter(({ id }) => id !== raft.id);
  const synced = others.filter(({ id }) => (raft.matchIndexes.get(id) ?? -1) >= raft.commitIndex);
  const isObserver = ({ role }: { role: string }): boolean => role === 'observer';
  const observerCount = synced.filter(isObserver).length;
  const { proposalSizes } = metrics;
  return [
    gauge('learners', 'members besides the leader', others.length),
    gauge('synced_followers', 'voters that hold all commits', synced.length - observerCount),
    gauge('synced_observers', 'observers that hold all commits', observerCount),
    gauge('leader_uptime', 'ms since this node leads', Math.floor(leaderUptimeMs ?? 0)),
    gauge('last_proposal_size', 'bytes of the last entry, or -1', proposalSizes.last),
    gauge('max_proposal_size', 'bytes of the largest entry, or -1', proposalSizes.max),
    gauge('min_proposal_size', 'bytes of the smallest entry, or -1', proposalSizes.min),
  ];
}

function gauge(name: string, help: string, value: number, isFractional = false): Gauge {
  return { name, help, value, isFractional };
}

function summaryValues({ name, summary }: NamedSummary): MonitorValue[] {
  const values = [
    { ...whole(`avg_${name}`, summary.average), isFractional: true },
    whole(`min_${name}`, summary.min),
    whole(`max_${name}`, summary.max),
    whole(`cnt_${name}`, summary.count),
    whole(`sum_${name}`, summary.sum),
  ];
  if (!summary.hasPercentiles) return values;
  const found = summary.percentiles(PERCENTILES.map(([, share]) => share));
  for (const [index, [prefix]] of PERCENTILES.entries()) {
    values.push(whole(`${prefix}_${name}`, Math.round(found[index]!)));
  }
  return values;
}

function whole(name: string, value: string | number): MonitorValue {
  return { name, value, isFractional: false };
}

function peerState({ role }: CoordinatorStatus): string {
  switch (role) {
    case 'leader':
      return 'leading - broadcast';
    case 'follower':
      return 'following - broadcast';
    case 'observer':
      return 'observing - broadcast';
    case 'standalone':
    case 'read-only':
    case 'looking':
      return 'looking';
  }
}
