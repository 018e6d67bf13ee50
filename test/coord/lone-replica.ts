import type { Member, StateSnapshot } from '../../src/coord/core/raft/types.ts';
import type { ReplicaOptions } from '../../src/coord/core/replica.ts';
import { entryCodec } from '../../src/coord/entry-codec.ts';
import { PRODUCTION_PARTS } from '../../src/coord/parts.ts';

const ALONE: Member = {
  id: 1,
  role: 'participant',
  peerHost: '127.0.0.1',
  peerPort: 0,
  electionPort: 0,
  clientHost: '127.0.0.1',
  clientPort: 0,
};

/** What a replica without peers is made with: new, or going on from `snapshot` as from its disk. */
export function loneReplicaOptions(snapshot: StateSnapshot | null = null): ReplicaOptions {
  return {
    nodeId: 1,
    stored: {
      standing: snapshot === null ? 'fresh' : 'sound',
      hardState: { term: snapshot?.term ?? 0, votedFor: 0, voteFloorIndex: 0 },
      snapshot,
      entries: [],
    },
    bootstrapConfig: { members: [ALONE], outgoingVoters: [] },
    sessionTimeoutMsMin: 4_000,
    sessionTimeoutMsMax: 40_000,
    entryFlags: 0,
    isReconfigEnabled: false,
    participantsMin: 2,
    leaderlessMsMax: 1_000,
    isReadOnlyEnabled: false,
    isLocalSessionsEnabled: false,
    isLocalUpgradingEnabled: false,
    codec: entryCodec,
    random: () => 7,
    parts: PRODUCTION_PARTS,
  };
}
