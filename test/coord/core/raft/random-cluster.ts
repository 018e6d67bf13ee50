import { Prng } from '../../../../src/base/prng.ts';
import type { Raft } from '../../../../src/coord/core/raft/raft.ts';
import type { RaftRules } from '../../../../src/coord/core/raft/rules.ts';
import { RAFT_RULES } from '../../../../src/coord/core/raft/rules.ts';
import type { Entry, RaftEnvelope, ReadReady } from '../../../../src/coord/core/raft/types.ts';
import { configOf, membersOf, payload, payloadText, TestNode } from './node.ts';

interface Flying extends RaftEnvelope {
  readonly from: number;
}

/** How often things go wrong in one run; drawn from the seed, so that runs differ in kind. */
interface Weather {
  readonly loss: number;
  readonly repeat: number;
  readonly crash: number;
  readonly partition: number;
  readonly diskLoss: number;
  readonly members: number;
  readonly compact: number;
  readonly flush: number;
}

/**
 * A cluster on a bad network with bad disks. Every step checks the safety of consensus (Raft, figure
 * 3) and throws at the first violation.
 */
export class RandomCluster {
  readonly #random: Prng;
  readonly #weather: Weather;
  readonly #nodes = new Map<number, TestNode>();
  #network: Flying[] = [];
  /** Pairs that cannot talk, as `from>to`. */
  readonly #cut = new Set<string>();
  readonly #leaders = new Map<number, number>();
  /** What was committed at each index, from 1. */
  readonly #committed: string[] = [''];
  readonly #committedTerms: number[] = [0];
  readonly #checked = new WeakMap<Raft, number>();
  readonly #reads = new Map<number, number>();
  #counter = 0;
  #isCalm = false;

  constructor(seed: number, rules: RaftRules = RAFT_RULES) {
    const random = new Prng(seed);
    this.#random = random;
    const chance = (probability: number): number => (random.float() < 0.5 ? 0 : probability);
    this.#weather = {
      loss: chance(0.1),
      repeat: chance(0.1),
      crash: chance(0.004),
      partition: chance(0.003),
      diskLoss: chance(0.5),
      members: chance(0.01),
      compact: chance(0.02),
      flush: random.pick([0.3, 0.6, 0.95]),
    };
    const founders = random.pick([1, 3, 3, 5]);
    const founderIds = Array.from({ length: founders }, (_, position) => position + 1);
    const joiners = this.#weather.members > 0 ? [founders + 1, founders + 2] : [];
    for (const id of [...founderIds, ...joiners]) {
      const node = new TestNode({
        id,
        bootstrapConfig: configOf(founderIds, joiners.includes(id) ? [id] : []),
        random: () => random.uint32(),
        rules,
        electionTicks: 6,
        heartbeatTicks: 2,
        appendBytesMax: random.pick([1, 200, 10_000]),
        inflightMessagesMax: random.pick([1, 3, 100]),
        snapshotChunkBytes: random.pick([30, 1_000]),
        retainedBytesMax: random.pick([0, 500]),
      });
      node.onSend = (envelope) => this.#network.push({ ...envelope, from: id });
      node.onRead = (read) => this.#checkRead(read);
      node.onApply = (entry) => this.#checkCommitted(id, entry);
      this.#nodes.set(id, node);
      node.start();
    }
  }

  /** How much was committed. */
  get committedCount(): number {
    return this.#committed.length - 1;
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.#step();
      this.#checkAll();
      if (step % 50 === 0) this.#checkLogMatching();
    }
  }

  /** Ends all faults; throws unless the members come to agree on everything and go on. */
  heal(): void {
    this.#isCalm = true;
    this.#cut.clear();
    for (const node of this.#nodes.values()) if (!node.isUp) node.start();
    for (let round = 0; round < 600; round++) {
      this.#calmRound();
      if (round > 20 && round % 10 === 0 && this.#isConverged()) break;
    }
    this.#checkLogMatching();
    if (!this.#isConverged()) throw new Error(`did not converge: ${this.describe()}`);
    const before = this.committedCount;
    const leader = this.#leader()!;
    leader.perform(leader.raft.propose([payload('last')])!);
    for (let round = 0; round < 20; round++) this.#calmRound();
    if (this.committedCount <= before) throw new Error('a healed cluster does not go on');
    if (!this.#isConverged()) throw new Error(`did not converge again: ${this.describe()}`);
  }

  describe(): string {
    return [...this.#nodes.values()]
      .map(({ id, raft, disk, appliedIndex }) => {
        const status = raft.status();
        const members = status.config.members.map((member) => `${member.id}${member.role[0]}`);
        const { voteFloorIndex } = disk.hardState;
        return (
          `\n${id}: ${status.role} term ${status.term} leader ${status.leader} ` +
          `log ${status.firstIndex}-${status.lastIndex} commit ${status.commitIndex} ` +
          `applied ${appliedIndex} mayVote ${status.mayVote} floor ${voteFloorIndex} ` +
          `config [${members}]/[${status.config.outgoingVoters}]`
        );
      })
      .join('');
  }

  #step(): void {
    const random = this.#random;
    const weather = this.#weather;
    const node = random.pick([...this.#nodes.values()]);
    if (!node.isUp) {
      if (random.float() < 0.02) node.start();
      return;
    }
    const dice = random.float();
    if (dice < 0.2) node.perform(node.raft.tick());
    else if (dice < 0.24) this.#propose();
    else if (dice < 0.28) this.#read(node);
    else if (dice < 0.285) this.#transferLoseOrMeet(node);
    else for (let count = random.integer(1, 8); count > 0; count--) this.#deliver();
    if (random.float() < weather.flush) node.flush(random.integer(0, node.pending.length + 1));
    if (random.float() < weather.compact) node.compact();
    if (random.float() < weather.crash) this.#crash(node);
    if (random.float() < weather.partition) this.#repartition();
    if (random.float() < weather.members) this.#changeMembers();
  }

  #deliver(): void {
    const network = this.#network;
    if (network.length === 0) return;
    const random = this.#random;
    // Mostly in order, now and then not.
    const isInOrder = this.#isCalm || random.float() < 0.7;
    const position = isInOrder ? 0 : random.integer(0, network.length);
    const flying = network[position]!;
    if (this.#isCalm || random.float() >= this.#weather.repeat) network.splice(position, 1);
    if (!this.#isCalm && random.float() < this.#weather.loss) return;
    if (this.#cut.has(`${flying.from}>${flying.to}`)) return;
    const to = this.#nodes.get(flying.to);
    if (to?.isUp) to.perform(to.raft.receive(flying.from, flying.message));
  }

  #propose(): void {
    const leaders = [...this.#nodes.values()].filter(
      (node) => node.isUp && node.raft.role === 'leader',
    );
    if (leaders.length === 0) return;
    // Perhaps one that was deposed and does not know.
    const leader = this.#random.pick(leaders);
    const payloads = Array.from({ length: this.#random.integer(1, 4) }, () =>
      payload(`p${++this.#counter}`),
    );
    const output = leader.raft.propose(payloads);
    if (output !== null) leader.perform(output);
  }

  #read(node: TestNode): void {
    const context = ++this.#counter;
    this.#reads.set(context, this.committedCount);
    node.perform(node.raft.requestRead(context));
  }

  #transferLoseOrMeet(node: TestNode): void {
    const other = this.#random.pick([...this.#nodes.keys()]);
    const { raft } = node;
    const happening = this.#random.pick([
      () => raft.transferLeadership(other),
      () => raft.peerLost(other),
      () => raft.peerConnected(other),
    ]);
    node.perform(happening());
  }

  #crash(node: TestNode): void {
    const random = this.#random;
    const torn = node.pending[0]?.entries.length ?? 0;
    node.crash(random.float() < 0.5 ? null : random.integer(0, torn + 1));
    if (random.float() >= this.#weather.diskLoss || !this.#mayLoseDisk(node)) return;
    const isFresh = random.float() < 0.5;
    node.loseDisk(isFresh ? 'fresh' : 'damaged', random.integer(0, node.disk.entries.length + 1));
  }

  /** A minority of the voters of every configuration that anybody may act on. */
  #mayLoseDisk(node: TestNode): boolean {
    const nodes = [...this.#nodes.values()];
    const isForgetful = (id: number): boolean => {
      const other = this.#nodes.get(id)!;
      const isSound = other.disk.hardState.voteFloorIndex === 0 && other.standing === 'sound';
      return id === node.id || !isSound || (other.isUp && !other.raft.status().mayVote);
    };
    const hasAllTakenPart = nodes.every(({ disk }) => disk.hardState.term > 0);
    const configs = nodes.flatMap(({ raft, disk }) => [
      raft.status().config,
      ...disk.entries.flatMap(({ config }) => config ?? []),
    ]);
    return (
      hasAllTakenPart &&
      configs.every((config) => {
        const incoming = config.members
          .filter(({ role }) => role === 'participant')
          .map(({ id }) => id);
        return [incoming, config.outgoingVoters].every(
          (ids) => ids.length === 0 || 2 * ids.filter(isForgetful).length < ids.length,
        );
      })
    );
  }

  #repartition(): void {
    this.#cut.clear();
    const kind = this.#random.integer(0, 3);
    if (kind === 0) return;
    const alone = this.#random.pick([...this.#nodes.keys()]);
    for (const from of this.#nodes.keys()) {
      for (const to of this.#nodes.keys()) {
        const isCut = kind === 1 ? from === alone || to === alone : this.#random.float() < 0.3;
        if (isCut) this.#cut.add(`${from}>${to}`);
      }
    }
  }

  /** New members come as observers; those that hold the log may become voters. */
  #changeMembers(): void {
    const leader = this.#leader();
    if (leader === undefined) return;
    const { config } = leader.raft.status();
    const voters = config.members.filter(({ role }) => role === 'participant').map(({ id }) => id);
    const observers = config.members.filter(({ role }) => role === 'observer').map(({ id }) => id);
    const id = this.#random.pick([...this.#nodes.keys()]);
    const without = (ids: number[]): number[] => ids.filter((other) => other !== id);
    const isReady = this.#nodes.get(id)!.isUp && this.#nodes.get(id)!.raft.status().mayVote;
    let members = membersOf(voters, [...observers, id]);
    if (observers.includes(id) && isReady) members = membersOf([...voters, id], without(observers));
    else if (observers.includes(id)) members = membersOf(voters, without(observers));
    else if (voters.includes(id)) {
      if (voters.length === 1) return;
      const isKept = this.#random.float() < 0.5;
      members = membersOf(without(voters), isKept ? [...observers, id] : observers);
    }
    // A change must not hang on members that have yet to be filled; ZooKeeper asks the same.
    const next = members.filter(({ role }) => role === 'participant').map((member) => member.id);
    const ready = next.filter((other) => {
      const { raft, disk } = this.#nodes.get(other)!;
      return raft.status().mayVote && disk.hardState.term > 0;
    });
    if (2 * ready.length <= next.length) return;
    const output = leader.raft.proposeConfig(members, payload(`m${++this.#counter}`));
    if (output !== null) leader.perform(output);
  }

  #leader(): TestNode | undefined {
    return [...this.#nodes.values()]
      .filter(({ isUp, raft }) => isUp && raft.role === 'leader')
      .sort((left, right) => right.raft.term - left.raft.term)[0];
  }

  #calmRound(): void {
    for (const node of this.#nodes.values()) {
      node.perform(node.raft.tick());
      node.flush();
    }
    for (let count = 0; count < 300 && this.#network.length > 0; count++) {
      this.#deliver();
      for (const node of this.#nodes.values()) node.flush();
      this.#checkAll();
    }
  }

  #isConverged(): boolean {
    const leader = this.#leader();
    if (leader === undefined) return false;
    const { config, commitIndex, lastIndex } = leader.raft.status();
    if (config.outgoingVoters.length > 0 || commitIndex !== lastIndex) return false;
    return config.members.every(({ id }) => {
      const node = this.#nodes.get(id)!;
      return node.appliedIndex === lastIndex && node.hash === leader.hash;
    });
  }

  #checkRead({ context, index }: ReadReady): void {
    const committedBefore = this.#reads.get(context);
    if (committedBefore === undefined || index === -1) return;
    if (index < committedBefore) {
      throw new Error(`read ${context} got ${index}, but ${committedBefore} was committed before`);
    }
  }

  #checkAll(): void {
    for (const node of this.#nodes.values()) if (node.isUp) this.#checkNode(node);
  }

  #checkNode(node: TestNode): void {
    const { raft, view, id } = node;
    if (raft.lastIndex !== view.lastIndex) throw new Error(`node ${id} hides a change of its log`);
    // What a node once held as committed it can no longer change without an assertion.
    const checked = this.#checked.get(raft) ?? 0;
    for (let index = Math.max(view.baseIndex, checked) + 1; index <= raft.commitIndex; index++) {
      this.#checkCommitted(id, view.entryAt(index)!);
    }
    this.#checked.set(raft, raft.commitIndex);
    if (raft.role !== 'leader' || this.#leaders.get(raft.term) === id) return;
    if (this.#leaders.has(raft.term)) throw new Error(`term ${raft.term} has two leaders`);
    this.#leaders.set(raft.term, id);
    for (let index = view.baseIndex + 1; index <= this.committedCount; index++) {
      if (this.#committedTerms[index]! >= raft.term) break;
      if (view.termAt(index) !== this.#committedTerms[index]) {
        throw new Error(`leader ${id} of term ${raft.term} lacks ${index}: ${this.describe()}`);
      }
    }
  }

  #checkCommitted(id: number, entry: Entry): void {
    const text = `${entry.term}:${payloadText(entry)}`;
    this.#committed[entry.index] ??= text;
    this.#committedTerms[entry.index] ??= entry.term;
    const expected = this.#committed[entry.index];
    if (text === expected) return;
    throw new Error(`node ${id} committed ${text} at ${entry.index}, others ${expected}`);
  }

  #checkLogMatching(): void {
    const views = [...this.#nodes.values()].map(({ view }) => view);
    for (const left of views) {
      for (const right of views) {
        const base = Math.max(left.baseIndex, right.baseIndex);
        let isEqual = false;
        for (let index = Math.min(left.lastIndex, right.lastIndex); index > base; index--) {
          const isSame = left.termAt(index) === right.termAt(index);
          if (isEqual && !isSame) throw new Error(`logs that meet differ at ${index}`);
          isEqual ||= isSame;
        }
      }
    }
  }
}
