import { assert } from '../../base/assert.ts';
import { encodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import type { applyEntry, ReplicatedState } from './apply.ts';
import type { Applied } from './apply-tree.ts';
import type { EntryCodec } from './entry-codec.ts';
import { configText, isStandalone } from './members.ts';
import type { LogEntry } from './model.ts';
import type { ClusterConfig, Entry, StateSnapshot } from './raft/types.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import { Tree } from './tree.ts';

/** What an entry meant and did. */
export interface AppliedEntry {
  readonly entry: LogEntry;
  /** Null when it changed nothing that anybody waits for. */
  readonly applied: Applied | null;
}

/** With what entries are read and applied. */
export interface ApplyParts {
  readonly codec: EntryCodec;
  readonly applyEntry: typeof applyEntry;
}

/** The replicated state, and how far in the log it is: the same on every member that is as far. */
export class AppliedState {
  readonly #bootstrapConfig: ClusterConfig;
  #state: ReplicatedState;
  #index: number;
  #term: number;
  #config: ClusterConfig;

  /** @param bootstrapConfig holds while no snapshot says otherwise. */
  constructor(snapshot: StateSnapshot | null, bootstrapConfig: ClusterConfig) {
    this.#bootstrapConfig = bootstrapConfig;
    this.#state = stateOf(snapshot, bootstrapConfig);
    this.#index = snapshot?.index ?? 0;
    this.#term = snapshot?.term ?? 0;
    this.#config = snapshot?.config ?? bootstrapConfig;
  }

  /** For reading only, and only until the next entry. */
  get state(): ReplicatedState {
    return this.#state;
  }

  get index(): number {
    return this.#index;
  }

  /** Whether a node is a member, as far as the entries say that were applied. */
  isMember(nodeId: number): boolean {
    const { members, outgoingVoters } = this.#config;
    return outgoingVoters.includes(nodeId) || members.some(({ id }) => id === nodeId);
  }

  /** The state as bytes. */
  takeSnapshot(): StateSnapshot {
    const bytes = encodeSnapshot({ zxid: BigInt(this.#index), state: this.#state });
    return { index: this.#index, term: this.#term, config: this.#config, bytes };
  }

  /** Takes the place of everything. */
  install(snapshot: StateSnapshot): void {
    this.#state = stateOf(snapshot, this.#bootstrapConfig);
    this.#index = snapshot.index;
    this.#term = snapshot.term;
    this.#config = snapshot.config;
  }

  /** Applies the next entry. Null for one that says nothing, or nothing that can be read. */
  apply(entry: Entry, { codec, applyEntry }: ApplyParts): AppliedEntry | null {
    assert(entry.index === this.#index + 1, 'entries are applied in order');
    this.#index = entry.index;
    this.#term = entry.term;
    if (entry.config !== null) this.#config = entry.config;
    if (entry.payload.length === 0) return null;
    const decoded = decodeOrNull(codec, entry);
    if (decoded === null) return null;
    return { entry: decoded, applied: applyEntry(this.#state, decoded, entry.config) };
  }
}

/** The state of a snapshot, or that of a new ensemble. */
function stateOf(snapshot: StateSnapshot | null, { members }: ClusterConfig): ReplicatedState {
  const state =
    snapshot === null
      ? { tree: Tree.withSystemNodes(), sessions: new Map(), streams: new Map() }
      : decodeSnapshot(snapshot.bytes, 'coord: snapshot').state;
  if (!isStandalone(members)) state.tree.showConfigData(encodeUtf8(configText(members, 0n)));
  return state;
}

/** A payload that cannot be read does nothing, on every replica alike. */
function decodeOrNull(codec: EntryCodec, entry: Entry): LogEntry | null {
  try {
    return codec.decode(entry.index, entry.payload);
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}
