import type { Prng } from '../../../src/base/prng.ts';
import type {
  ClusterConfig,
  Entry,
  HardState,
  Persist,
  StateSnapshot,
  StoredRaft,
} from '../../../src/coord/core/raft/types.ts';
import { RaftStorage } from '../../../src/coord/storage/raft-storage.ts';
import type { SimulatedDisk } from '../../sim/simulated-disk.ts';

export const DIRECTORY = '/data/coord';

/** So small that segments change all the time. */
export const SEGMENT_BYTES = { first: 2_048, max: 6_144 };

export const CONFIG: ClusterConfig = {
  members: [
    {
      id: 1,
      role: 'participant',
      peerHost: 'one',
      peerPort: 2888,
      electionPort: 3888,
      clientHost: '',
      clientPort: 2181,
    },
  ],
  outgoingVoters: [],
};

/** The state that should be on disk, kept the obvious way. */
export interface LogModel {
  readonly isSound: boolean;
  readonly hardState: HardState;
  /** The log goes on after this index. */
  readonly baseIndex: number;
  readonly baseTerm: number;
  readonly entries: readonly Entry[];
}

/** What was asked for and what was acknowledged, by the number of disk operations until then. */
export interface History {
  /** States in the order in which they came to be wanted. */
  readonly states: { readonly at: number; readonly state: LogModel }[];
  /** At that number, this many of the states were acknowledged. */
  readonly acknowledged: { readonly at: number; readonly count: number }[];
  readonly snapshots: {
    readonly at: number;
    readonly snapshot: StateSnapshot;
    /** For a leader's snapshot: the first of the states that has it. */
    readonly installed: number;
  }[];
  readonly acknowledgedSnapshots: { readonly at: number; readonly index: number }[];
}

const EMPTY: LogModel = {
  isSound: false,
  hardState: { term: 0, votedFor: 0, voteFloorIndex: 0 },
  baseIndex: 0,
  baseTerm: 0,
  entries: [],
};

/**
 * Does what a node does to its storage, at random.
 *
 * @param found what is there already (default: nothing).
 */
export async function runWorkload(
  disk: SimulatedDisk,
  prng: Prng,
  stepCount: number,
  found: StoredRaft | null = null,
): Promise<History> {
  const workload = new Workload(disk, prng);
  if (found === null) await workload.start();
  else await workload.goOn(found);
  for (let step = 0; step < stepCount; step++) await workload.step();
  await workload.finish();
  return workload.history;
}

/** A snapshot of a state that nobody looks into. */
export function snapshotOf(index: number, term: number, bytes: Uint8Array): StateSnapshot {
  return { index, term, config: CONFIG, bytes };
}

/** How a model changes with one more thing. */
const change = {
  hardState: (model: LogModel, hardState: HardState): LogModel => ({ ...model, hardState }),
  entry: (model: LogModel, entry: Entry): LogModel => ({
    ...model,
    entries: [...model.entries.filter(({ index }) => index < entry.index), entry],
  }),
  install: (model: LogModel, { index, term }: StateSnapshot): LogModel => {
    const isKept = model.entries.some((entry) => entry.index === index && entry.term === term);
    const entries = isKept ? model.entries.filter((entry) => entry.index > index) : [];
    return { ...model, baseIndex: index, baseTerm: term, entries };
  },
};

class Workload {
  readonly #disk: SimulatedDisk;
  readonly #prng: Prng;
  readonly history: History = {
    states: [],
    acknowledged: [],
    snapshots: [],
    acknowledgedSnapshots: [],
  };
  #storage: RaftStorage | null = null;
  #model: LogModel = EMPTY;
  #term = 1;
  #commitIndex = 0;
  #snapshotIndex = 0;
  #number = 1;
  #saving: Promise<void> = Promise.resolve();

  constructor(disk: SimulatedDisk, prng: Prng) {
    this.#disk = disk;
    this.#prng = prng;
  }

  async goOn({ hardState, snapshot, entries, standing }: StoredRaft): Promise<void> {
    this.#term = Math.max(hardState.term, snapshot?.term ?? 0, entries.at(-1)?.term ?? 0);
    if (snapshot !== null) {
      this.#noteSnapshot(snapshot, 0);
      this.#acknowledgeSnapshot(snapshot.index);
      this.#commitIndex = snapshot.index;
    }
    const baseIndex = snapshot?.index ?? 0;
    const baseTerm = snapshot?.term ?? 0;
    this.#want({ isSound: standing === 'sound', hardState, baseIndex, baseTerm, entries });
    await this.#open();
    this.#acknowledge(1);
    if (standing === 'fresh') await this.#markSound();
  }

  async start(): Promise<void> {
    this.#want(EMPTY);
    await this.#open();
    this.#acknowledge(1);
    await this.#markSound();
  }

  async step(): Promise<void> {
    const prng = this.#prng;
    const kind = prng.integer(0, 100);
    if (kind < 50) await this.#persist(this.#appends(prng.integer(1, 3)));
    else if (kind < 58) await this.#persist([this.#election(false)]);
    else if (kind < 70) await this.#persist([this.#election(true), ...this.#appends(1)]);
    else if (kind < 82) this.#save(this.#commitIndex);
    else if (kind < 88) await this.#commitAheadOfDisk();
    else if (kind < 94) await this.#persist([this.#installation()]);
    else if (kind < 97) await this.#reopen();
    else await this.#saving;
    const last = this.#lastIndex;
    if (prng.uint32() % 2 === 0) this.#commitIndex = prng.integer(this.#commitIndex, last + 1);
  }

  async finish(): Promise<void> {
    await this.#saving;
    await this.#storage!.close();
  }

  get #lastIndex(): number {
    return this.#model.baseIndex + this.#model.entries.length;
  }

  async #open(): Promise<void> {
    const options = { disk: this.#disk, directory: DIRECTORY, segmentBytes: SEGMENT_BYTES };
    this.#storage = (await RaftStorage.open(options)).storage;
  }

  async #markSound(): Promise<void> {
    this.#want({ ...this.#model, isSound: true });
    await this.#storage!.markSound();
    this.#acknowledge(this.history.states.length);
  }

  async #reopen(): Promise<void> {
    await this.#saving;
    await this.#storage!.close();
    await this.#open();
  }

  #want(state: LogModel): void {
    this.#model = state;
    this.history.states.push({ at: this.#disk.operations.length, state });
  }

  #acknowledge(count: number): void {
    this.history.acknowledged.push({ at: this.#disk.operations.length, count });
  }

  async #persist(batch: readonly Persist[]): Promise<void> {
    const persisting = this.#storage!.persist(batch);
    const count = this.history.states.length;
    await persisting;
    this.#acknowledge(count);
    for (const { snapshot } of batch) {
      if (snapshot !== null) this.#acknowledgeSnapshot(snapshot.index);
    }
  }

  #appends(count: number): Persist[] {
    return Array.from({ length: count }, () => {
      const first = this.#lastIndex + 1;
      return this.#wanted({ entries: this.#entries(first, this.#prng.integer(1, 5)) });
    });
  }

  /** A new term; with a conflict, the end of the log that is not committed is replaced. */
  #election(withConflict: boolean): Persist {
    this.#term++;
    const hardState = {
      term: this.#term,
      votedFor: this.#prng.integer(0, 4),
      voteFloorIndex: this.#prng.pick([0, 0, 7]),
    };
    const first = this.#prng.integer(this.#commitIndex + 1, this.#lastIndex + 2);
    return this.#wanted({ hardState, entries: withConflict ? this.#entries(first, 2) : [] });
  }

  #installation(): Persist {
    const prng = this.#prng;
    const start = Math.max(this.#commitIndex, this.#snapshotIndex) + 1;
    const index = prng.integer(start, Math.max(start, this.#lastIndex) + 4);
    const found = this.#model.entries.find((entry) => entry.index === index);
    const term = found !== undefined && prng.uint32() % 2 === 0 ? found.term : this.#term;
    const snapshot = snapshotOf(index, term, this.#bytes(900));
    this.#commitIndex = index;
    this.#term++;
    return this.#wanted({
      hardState: { term: this.#term, votedFor: 0, voteFloorIndex: 0 },
      snapshot,
    });
  }

  /** Others have stored an entry before our disk has, so the state after it may be saved already. */
  async #commitAheadOfDisk(): Promise<void> {
    const persisting = this.#persist(this.#appends(1));
    this.#commitIndex = this.#lastIndex;
    this.#save(this.#commitIndex);
    await persisting;
  }

  #save(index: number): void {
    if (index <= this.#snapshotIndex) return;
    const term = this.#model.entries.find((entry) => entry.index === index)?.term;
    if (term === undefined) return;
    const snapshot = snapshotOf(index, term, this.#bytes(900));
    this.#noteSnapshot(snapshot, 0);
    const saving = this.#storage!.saveSnapshot(snapshot);
    this.#saving = saving.then(() => this.#acknowledgeSnapshot(index));
  }

  #noteSnapshot(snapshot: StateSnapshot, installed: number): void {
    this.#snapshotIndex = snapshot.index;
    this.history.snapshots.push({ at: this.#disk.operations.length, snapshot, installed });
  }

  #acknowledgeSnapshot(index: number): void {
    this.history.acknowledgedSnapshots.push({ at: this.#disk.operations.length, index });
  }

  /** Notes each state on the way of a persist. */
  #wanted(part: Partial<Omit<Persist, 'number'>>): Persist {
    const persist = { hardState: null, snapshot: null, entries: [], ...part };
    const { hardState, snapshot, entries } = persist;
    if (hardState !== null) this.#want(change.hardState(this.#model, hardState));
    if (snapshot !== null) {
      this.#noteSnapshot(snapshot, this.history.states.length);
      this.#want(change.install(this.#model, snapshot));
    }
    for (const entry of entries) this.#want(change.entry(this.#model, entry));
    return { ...persist, number: this.#number++ };
  }

  #entries(first: number, count: number): Entry[] {
    return Array.from({ length: count }, (_, place) => ({
      index: first + place,
      term: this.#term,
      config: this.#prng.uint32() % 8 === 0 ? CONFIG : null,
      payload: this.#bytes(this.#prng.pick([40, 200, 1_500])),
    }));
  }

  /** Zeros often enough, since unwritten places are zeros too. */
  #bytes(lengthMax: number): Uint8Array {
    const bytes = new Uint8Array(this.#prng.integer(0, lengthMax));
    if (this.#prng.uint32() % 3 === 0) return bytes;
    return bytes.map(() => this.#prng.uint32());
  }
}
