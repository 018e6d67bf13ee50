import type { Member, RaftStatus } from '../../../src/coord/core/raft/types.ts';
import { ConnectionStatistics } from '../../../src/coord/metrics/connection-statistics.ts';
import { CoordinatorMetrics } from '../../../src/coord/metrics/coordinator-metrics.ts';
import type { CoordinatorStatus } from '../../../src/coord/status.ts';

const MEMBERS: readonly Member[] = [
  member(1, 'participant', '10.0.0.1'),
  member(2, 'participant', '10.0.0.2'),
  member(3, 'observer', '::1'),
];

/** A leader of an ensemble of three, with one client, as its doors see it. */
export function leaderStatus(overrides: Partial<CoordinatorStatus> = {}): CoordinatorStatus {
  const metrics = new CoordinatorMetrics();
  const client = new ConnectionStatistics(
    {
      id: 1,
      remote: { host: '10.0.0.9', port: 51_000 },
      isSecure: false,
      establishedMs: 1_700_000_000_000,
    },
    metrics,
  );
  client.received(45);
  client.began('createSession', 0, 100);
  client.accepted({ sessionId: 0x100000000000001n, timeoutMs: 10_000 });
  client.answered(0, 0x100000001n, 41, 102);
  client.received(30);
  client.began('getData', 5, 104);
  client.answered(5, 0x100000002n, 60, 105);
  metrics.proposalSizes.add(48);
  metrics.proposalSizes.add(32);
  return {
    role: 'leader',
    raft: RAFT,
    nodeId: 1,
    appliedZxid: 0x100000002n,
    outstandingCount: 3,
    tree: {
      nodeCount: 6,
      ephemeralCount: 2,
      approximateDataBytes: 117,
      ephemerals: () => [[0x100000000000001n, ['/a/e1', '/a/e2']]],
    },
    sessionCount: 2,
    localSessionCount: 1,
    sessions: () => [
      { id: 0x100000000000001n, timeoutMs: 10_000, expiresAtMs: 1_700_000_005_500 },
      { id: -0x7ffffffffffffffen, timeoutMs: 4_000, expiresAtMs: 1_700_000_001_000 },
    ],
    connectionCount: 1,
    connections: () => [client],
    watches: {
      watchCount: 3,
      pathCount: 2,
      connectionCount: 2,
      byPath: () => [
        ['/a', [0x100000000000001n, 0x100000000000002n]],
        ['/b', [0x100000000000001n]],
      ],
      bySession: () => [
        [0x100000000000001n, ['/a', '/b']],
        [0x100000000000002n, ['/a']],
      ],
    },
    configuration: [
      ['clientPort', 2_181],
      ['dataDir', 'data'],
      ['serverId', 1],
    ],
    initialConfiguration: 'clientPort=2181\n',
    environment: [['host.name', 'one.example']],
    storage: { dataBytes: 1_234, logBytes: 567 },
    lastSnapshot: { zxid: 0x100000000n, timeMs: 1_699_999_000_000 },
    uptimeMs: 60_000.5,
    leaderUptimeMs: 59_000,
    metrics,
    ...overrides,
  };
}

export const RAFT: RaftStatus = {
  id: 1,
  role: 'leader',
  term: 4,
  votedFor: 1,
  leader: 1,
  commitIndex: 20,
  lastIndex: 21,
  firstIndex: 1,
  config: { members: MEMBERS, outgoingVoters: [] },
  mayVote: true,
  matchIndexes: new Map([
    [2, 20],
    [3, 20],
  ]),
};

function member(id: number, role: Member['role'], host: string): Member {
  return {
    id,
    role,
    peerHost: host,
    peerPort: 2_888,
    electionPort: 3_888,
    clientHost: '0.0.0.0',
    clientPort: 2_181,
  };
}
