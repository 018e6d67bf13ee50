import { hostAndPort } from '../../io/network.ts';
import type { Json } from '../http/json.ts';
import type { ConnectionStatistics } from '../metrics/connection-statistics.ts';
import type { SizeStatistics } from '../metrics/metric.ts';
import { COORDINATOR_VERSION, type CoordinatorStatus } from '../status.ts';
import { hexadecimal, interestOps, sessionsByExpiry, socketAddress } from './word-text.ts';

/** The fields of a command's answer, besides `command` and `error`. */
export type CommandData = Readonly<Record<string, Json>>;

/* What ZooKeeper's admin commands answer, in the field names of its class Commands. */

/** `configuration`: keys as in zoo.cfg, in snake case. */
export function configurationData({ configuration }: CoordinatorStatus): CommandData {
  return Object.fromEntries(configuration.map(([key, value]) => [snakeCase(key), value]));
}

/** `connections`, and without most of the fields in `stats`. */
export function connectionsData(
  status: CoordinatorStatus,
  options: { readonly isBrief: boolean },
): CommandData {
  const all = [...status.connections()];
  const data = (isSecure: boolean): Json[] =>
    all
      .filter(({ facts }) => facts.isSecure === isSecure)
      .map((connection) => connectionData(connection, options.isBrief));
  return { connections: data(false), secure_connections: data(true) };
}

/** `dump`. */
export function dumpData(status: CoordinatorStatus): CommandData {
  const expiries = [...sessionsByExpiry(status.sessions())];
  const owners = [...status.tree.ephemerals()];
  return {
    expiry_time_to_session_ids: Object.fromEntries(expiries),
    session_id_to_ephemeral_paths: Object.fromEntries(
      owners.map(([id, paths]) => [id.toString(), paths]),
    ),
  };
}

/** `leader`; a node without peers says that it is none of the kind. */
export function leaderData({ raft, role }: CoordinatorStatus): CommandData {
  if (raft === null) return { error: 'server is not initialized' };
  const leader = raft.config.members.find(({ id }) => id === raft.leader);
  return {
    is_leader: role === 'leader',
    leader_id: raft.leader,
    leader_ip: leader?.peerHost ?? '',
  };
}

/** `observers`: those that the leader knows to hold all commits. */
export function observersData({ raft, role }: CoordinatorStatus): CommandData {
  const observers = raft?.config.members.filter((member) => member.role === 'observer') ?? [];
  const synced = observers.filter(
    ({ id }) => role === 'leader' && (raft?.matchIndexes.get(id) ?? -1) >= raft!.commitIndex,
  );
  return {
    synced_observers: synced.length,
    observers: synced.map((member) => ({
      sid: member.id,
      remote_socket_address: socketAddress({ host: member.peerHost, port: member.peerPort }),
    })),
  };
}

/** `server_stats`. */
export function serverData(status: CoordinatorStatus): CommandData {
  const { metrics, storage } = status;
  return {
    version: COORDINATOR_VERSION,
    read_only: status.role === 'read-only',
    server_stats: {
      packets_sent: metrics.packetsSent.value,
      packets_received: metrics.packetsReceived.value,
      min_latency: metrics.latencyMs.min,
      avg_latency: metrics.latencyMs.average,
      max_latency: metrics.latencyMs.max,
      outstanding_requests: status.outstandingCount,
      last_processed_zxid: status.appliedZxid,
      data_dir_size: storage.dataBytes,
      log_dir_size: storage.logBytes,
      num_alive_client_connections: status.connectionCount,
      server_state: status.role,
      uptime: Math.floor(status.uptimeMs),
      provider_null: false,
    },
    client_response: sizesData(metrics.responseSizes),
    ...(status.role === 'leader' ? { proposal_stats: sizesData(metrics.proposalSizes) } : {}),
    node_count: status.tree.nodeCount,
  };
}

/** `voting_view`: who votes in the present configuration. */
export function votingViewData({ raft }: CoordinatorStatus): CommandData {
  const voters = raft?.config.members.filter(({ role }) => role === 'participant') ?? [];
  return {
    current_config: Object.fromEntries(
      voters.map((member) => [
        member.id,
        {
          server_addresses: [hostAndPort({ host: member.peerHost, port: member.peerPort })],
          election_addresses: [hostAndPort({ host: member.peerHost, port: member.electionPort })],
          client_address:
            member.clientPort === 0
              ? ''
              : hostAndPort({ host: member.clientHost, port: member.clientPort }),
          learner_type: member.role,
        },
      ]),
    ),
  };
}

/** `watches`. */
export function watchesData({ watches }: CoordinatorStatus): CommandData {
  const entries = [...watches.bySession()].map(([id, paths]) => [id.toString(), paths]);
  return { session_id_to_watched_paths: Object.fromEntries(entries) };
}

/** `watches_by_path`. */
export function watchesByPathData({ watches }: CoordinatorStatus): CommandData {
  return { path_to_session_ids: Object.fromEntries(watches.byPath()) };
}

/** `watch_summary`. */
export function watchSummaryData({ watches }: CoordinatorStatus): CommandData {
  return {
    num_connections: watches.connectionCount,
    num_paths: watches.pathCount,
    num_total_watches: watches.watchCount,
  };
}

/** `zabstate`: of the phases of ZooKeeper's protocol Raft has two, elections and broadcast. */
export function consensusData(status: CoordinatorStatus): CommandData {
  const { raft, appliedZxid, role } = status;
  if (raft === null) return { voting: false, zabstate: '' };
  const self = raft.config.members.find(({ id }) => id === raft.id);
  return {
    myid: raft.id,
    is_leader: role === 'leader',
    quorum_address:
      self === undefined ? '' : hostAndPort({ host: self.peerHost, port: self.peerPort }),
    election_address:
      self === undefined ? '' : hostAndPort({ host: self.peerHost, port: self.electionPort }),
    client_address:
      self === undefined ? '' : hostAndPort({ host: self.clientHost, port: self.clientPort }),
    voting: self?.role === 'participant' && raft.mayVote,
    last_zxid: hexadecimal(appliedZxid),
    zab_epoch: appliedZxid >> 32n,
    zab_counter: appliedZxid & 0xffff_ffffn,
    zabstate: role === 'looking' ? 'election' : 'broadcast',
  };
}

function connectionData(connection: ConnectionStatistics, isBrief: boolean): CommandData {
  const { facts, latencyMs } = connection;
  const brief = {
    remote_socket_address: socketAddress(facts.remote),
    interest_ops: interestOps(connection),
    outstanding_requests: connection.outstandingCount,
    packets_received: connection.receivedCount,
    packets_sent: connection.sentCount,
  };
  if (isBrief) return brief;
  return {
    ...brief,
    session_id: connection.sessionId,
    last_operation: connection.lastOperation,
    established: Math.floor(facts.establishedMs),
    session_timeout: connection.sessionTimeoutMs,
    last_cxid: connection.lastXid,
    last_zxid: connection.lastZxid,
    last_response_time: connection.lastResponseMs,
    last_latency: connection.lastLatencyMs,
    min_latency: latencyMs.min,
    avg_latency: Math.floor(latencyMs.average),
    max_latency: latencyMs.max,
  };
}

function sizesData(sizes: SizeStatistics): CommandData {
  return {
    last_buffer_size: sizes.last,
    min_buffer_size: sizes.min,
    max_buffer_size: sizes.max,
  };
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
