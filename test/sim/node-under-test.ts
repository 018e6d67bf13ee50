import { EntryFlag } from '../../src/coord/core/model.ts';
import type { RaftOptions } from '../../src/coord/core/raft/state.ts';
import type { Member, RaftStatus, StoredRaft } from '../../src/coord/core/raft/types.ts';
import { startCoordinator } from '../../src/coord/node.ts';
import { type CoordinatorParts, PRODUCTION_PARTS } from '../../src/coord/parts.ts';
import type { Clock } from '../../src/io/clock.ts';
import type { Disk } from '../../src/io/disk.ts';
import type { Network } from '../../src/io/network.ts';
import type { Random } from '../../src/io/random.ts';
import { observeRaft, type RaftObserver } from './observe-raft.ts';

/** The port at which nodes serve clients. */
export const CLIENT_PORT = 2181;

/** Lengths of the log's files: small, so that one follows another often. */
const SEGMENT_BYTES = { first: 4_096, max: 32_768 };

/** What checks look at in a running node. */
export interface NodeStatus extends RaftStatus {
  readonly appliedIndex: number;
}

/** A node that runs. Only called while its process is alive. */
export interface ObservedNode {
  close(): Promise<void>;
  /** Null while the node has no consensus to tell of. */
  status(): NodeStatus | null;
  /** Equal for equal applied states; null when the node cannot tell. */
  stateHash(): string | null;
}

/** Replacements of a node's parts, as a planted bug makes them; see sabotage/. */
export type Parts = Partial<CoordinatorParts>;

/** Sizes of consensus that decide in how many steps something happens. */
export type RaftSizes = Required<
  Pick<
    RaftOptions,
    'appendBytesMax' | 'inflightMessagesMax' | 'snapshotChunkBytes' | 'retainedBytesMax'
  >
>;

/** What a node is started with. */
export interface NodeSettings {
  readonly id: number;
  readonly host: string;
  readonly members: readonly Member[];
  readonly disk: Disk;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly snapshotEntries: number;
  readonly raftSizes: RaftSizes | null;
  readonly parts: Parts;
  readonly onFailure: (error: Error) => void;
  /** Told what was found on the disk, and by what it shows. */
  readonly onStored: (stored: StoredRaft, findings: readonly string[]) => void;
  readonly observer: RaftObserver;
}

/** Starts the node that is tested: the only place that knows how. */
export async function startNode(settings: NodeSettings): Promise<ObservedNode> {
  const { id, host, members, disk, network, clock, random } = settings;
  const { snapshotEntries, onFailure } = settings;
  const running = await startCoordinator(
    {
      directory: '/data',
      disk,
      network,
      clock,
      random,
      address: { host, port: CLIENT_PORT },
      httpAddress: null,
      nodeId: id,
      members,
      isReconfigEnabled: true,
      sessionTimeoutMsMin: 1_000,
      snapshotEntries,
      onFailure,
    },
    observedParts(settings),
  );
  return {
    close: () => running.close(),
    status: () => {
      const { raft, appliedIndex } = running.standing();
      return { ...raft, appliedIndex };
    },
    stateHash: () => running.standing().stateHash().toString(16),
  };
}

function observedParts({
  parts: altered,
  raftSizes,
  onStored,
  observer,
}: NodeSettings): CoordinatorParts {
  const parts = { ...PRODUCTION_PARTS, ...altered };
  const { codec } = parts;
  return {
    ...parts,
    openStorage: async (options) => {
      const opened = await parts.openStorage({ ...options, segmentBytes: SEGMENT_BYTES });
      onStored(opened.stored, opened.findings);
      return opened;
    },
    createRaft: (options) => observeRaft(parts.createRaft({ ...options, ...raftSizes }), observer),
    codec: {
      ...codec,
      // Whoever asks for other members may do so: access lists are tested elsewhere.
      encode: (draft) => {
        const isFree = draft.command.kind === 'reconfig';
        return codec.encode(isFree ? { ...draft, flags: draft.flags | EntryFlag.SKIP_ACL } : draft);
      },
    },
  };
}

/** How many voters a cluster has; three most often, as in life. */
export const CLUSTER_SIZES: readonly number[] = [1, 3, 3, 3, 3, 5, 5, 7];
