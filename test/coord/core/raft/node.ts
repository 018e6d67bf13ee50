import { Raft } from '../../../../src/coord/core/raft/raft.ts';
import type { RaftOptions } from '../../../../src/coord/core/raft/state.ts';
import type {
  ClusterConfig,
  DiskStanding,
  Entry,
  HardState,
  Member,
  Persist,
  RaftEnvelope,
  RaftOutput,
  ReadReady,
  StateSnapshot,
  StoredRaft,
} from '../../../../src/coord/core/raft/types.ts';

/** A disk, or what a node believes to have written: applies persists the way storage does. */
export class LogImage {
  hardState: HardState = { term: 0, votedFor: 0, voteFloorIndex: 0 };
  snapshot: StateSnapshot | null = null;
  entries: Entry[] = [];

  get baseIndex(): number {
    return this.snapshot?.index ?? 0;
  }

  get lastIndex(): number {
    return this.baseIndex + this.entries.length;
  }

  entryAt(index: number): Entry | undefined {
    return this.entries[index - this.baseIndex - 1];
  }

  termAt(index: number): number {
    if (index === this.baseIndex) return this.snapshot?.term ?? 0;
    return this.entryAt(index)?.term ?? -1;
  }

  write(persist: Persist, entryCount = persist.entries.length): void {
    if (persist.hardState !== null) this.hardState = persist.hardState;
    if (persist.snapshot !== null) this.takeSnapshot(persist.snapshot, false);
    const first = persist.entries[0];
    if (first === undefined) return;
    if (first.index > this.lastIndex + 1 || first.index <= this.baseIndex) {
      throw new Error(`persist of ${first.index} after ${this.lastIndex}`);
    }
    this.entries.length = first.index - this.baseIndex - 1;
    this.entries.push(...persist.entries.slice(0, entryCount));
  }

  /** Keeps what follows the snapshot when it is known to belong to it. */
  takeSnapshot(snapshot: StateSnapshot, isEqual: boolean): void {
    this.entries = isEqual ? this.entries.slice(snapshot.index - this.baseIndex) : [];
    this.snapshot = snapshot;
  }

  copy(): LogImage {
    const copied = new LogImage();
    copied.hardState = this.hardState;
    copied.snapshot = this.snapshot;
    copied.entries = [...this.entries];
    return copied;
  }
}

/** What a test node is told beyond production options. */
export type NodeOptions = Omit<RaftOptions, 'stored' | 'takeSnapshot'>;

/** A node with a disk that is written when the test says so, and a state that it applies to. */
export class TestNode {
  readonly id: number;
  readonly #options: NodeOptions;
  disk = new LogImage();
  /** What the disk would be if everything asked for were written. */
  view = new LogImage();
  standing: DiskStanding = 'fresh';
  pending: Persist[] = [];
  raft!: Raft;
  isUp = false;
  appliedIndex = 0;
  #appliedTerm = 0;
  /** Says all that was ever applied. */
  hash = 0;
  #appliedConfig!: ClusterConfig;
  onSend: (envelope: RaftEnvelope) => void = () => {};
  onApply: (entry: Entry) => void = () => {};
  onRead: (read: ReadReady) => void = () => {};

  constructor(options: NodeOptions) {
    this.id = options.id;
    this.#options = options;
  }

  start(): void {
    const isEmpty =
      this.disk.lastIndex === 0 &&
      this.disk.hardState.term === 0 &&
      this.disk.hardState.voteFloorIndex === 0;
    const stored: StoredRaft = {
      standing: this.standing === 'sound' && isEmpty ? 'fresh' : this.standing,
      hardState: this.disk.hardState,
      snapshot: this.disk.snapshot,
      entries: [...this.disk.entries],
    };
    this.standing = 'sound';
    this.pending = [];
    this.view = this.disk.copy();
    this.#restore(stored.snapshot);
    this.raft = new Raft({ ...this.#options, stored, takeSnapshot: () => this.takeSnapshot() });
    this.isUp = true;
  }

  /** @param tornEntries how many entries of the first unwritten persist still reach the disk. */
  crash(tornEntries: number | null = null): void {
    const torn = this.pending[0];
    if (torn !== undefined && tornEntries !== null) this.disk.write(torn, tornEntries);
    this.isUp = false;
  }

  loseDisk(standing: 'fresh' | 'damaged', keptEntries = 0): void {
    this.standing = standing;
    const lost = this.disk;
    this.disk = new LogImage();
    if (standing === 'fresh') return;
    this.disk.snapshot = lost.snapshot;
    this.disk.entries = lost.entries.slice(0, keptEntries);
  }

  perform(output: RaftOutput): void {
    for (const persist of output.persist) {
      this.pending.push(persist);
      this.view.write(persist);
    }
    for (const envelope of output.send) this.onSend(envelope);
    if (output.installed !== null) this.#restore(output.installed);
    for (const entry of output.committed) this.#apply(entry);
    for (const read of output.reads) this.onRead(read);
  }

  /** The disk finishes the oldest persists. */
  flush(count = this.pending.length): void {
    const done = this.pending.splice(0, count);
    for (const persist of done) this.disk.write(persist);
    const last = done.at(-1);
    if (last !== undefined) this.perform(this.raft.persisted(last.number));
  }

  compact(): void {
    if (this.appliedIndex <= this.view.baseIndex) return;
    const snapshot = this.takeSnapshot();
    this.disk.takeSnapshot(snapshot, true);
    this.view.takeSnapshot(snapshot, true);
    this.raft.compact(snapshot.index);
  }

  takeSnapshot(): StateSnapshot {
    const text = `${this.hash}`.padEnd(100, '.');
    return {
      index: this.appliedIndex,
      term: this.#appliedTerm,
      config: this.#appliedConfig,
      bytes: new TextEncoder().encode(text),
    };
  }

  #restore(snapshot: StateSnapshot | null): void {
    this.appliedIndex = snapshot?.index ?? 0;
    this.#appliedTerm = snapshot?.term ?? 0;
    this.#appliedConfig = snapshot?.config ?? this.#options.bootstrapConfig;
    this.hash =
      snapshot === null ? 0 : Number.parseInt(new TextDecoder().decode(snapshot.bytes), 10);
  }

  #apply(entry: Entry): void {
    if (entry.index !== this.appliedIndex + 1) {
      throw new Error(`node ${this.id} applied ${entry.index} after ${this.appliedIndex}`);
    }
    this.appliedIndex = entry.index;
    this.#appliedTerm = entry.term;
    if (entry.config !== null) this.#appliedConfig = entry.config;
    const text = payloadText(entry);
    for (const character of `${entry.index}/${entry.term}/${text}`) {
      this.hash = (Math.imul(this.hash, 31) + character.charCodeAt(0)) >>> 0;
    }
    this.onApply(entry);
  }
}

/** What a test put into an entry. */
export function payloadText(entry: Entry): string {
  return new TextDecoder().decode(entry.payload);
}

/** A payload for `payloadText`. */
export function payload(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Members with addresses that nobody connects to. */
export function membersOf(participants: readonly number[], observers: readonly number[]): Member[] {
  const roleOf = (id: number): Member['role'] =>
    participants.includes(id) ? 'participant' : 'observer';
  return [...participants, ...observers]
    .sort((left, right) => left - right)
    .map((id) => ({
      id,
      role: roleOf(id),
      peerHost: `node${id}`,
      peerPort: 2888,
      electionPort: 3888,
      clientHost: '',
      clientPort: 0,
    }));
}

/** A configuration that is not joint. */
export function configOf(
  participants: readonly number[],
  observers: readonly number[] = [],
): ClusterConfig {
  return { members: membersOf(participants, observers), outgoingVoters: [] };
}
