import type { RaftEnvelope, RaftOutput } from '../../../../src/coord/core/raft/types.ts';
import { configOf, membersOf, payload, TestNode } from './node.ts';
import { entryText, messageText, persistText, statusText } from './trace.ts';

interface Flying extends RaftEnvelope {
  readonly from: number;
}

/**
 * Runs transcripts: each command changes a cluster and gives the lines of what happened.
 *
 *     nodes voters=1,2,3 [observers=4] [extra=5] [fresh=1,2] [chunk=B] [batch=B] [retain=B]
 *           [leader=1]    fresh nodes know nothing; others have been in term 1; extra ones are no members;
 *                         a leader is elected out of sight
 *     tick ID [N]         lets time pass at one node; `tick all N` at all of them in turn
 *     campaign ID         lets time pass there until it stands for election
 *     propose ID TEXT…    members ID voters=… [observers=…]    transfer ID TO
 *     read ID CONTEXT     connected ID PEER   lost ID PEER (its connection broke)   compact ID
 *     deliver [from=ID] [to=ID] [kind=KIND]   what is on its way now; `drop` takes the same words
 *     settle              delivers until nothing is on its way
 *     cut FROM>TO…        messages that get lost until `heal`
 *     disk ID manual      its disk waits for `flush ID [N]`; `disk ID auto` ends that
 *     crash ID            loses what was not flushed;  start ID;  lose ID fresh|damaged [keep=N]
 *     status              where every node stands
 *
 * A node with id N waits 6 + N - 1 ticks for a leader, and 1 + (N - 1) mod 3 after losing it.
 */
export class Script {
  readonly #nodes = new Map<number, TestNode>();
  readonly #manual = new Set<number>();
  readonly #cut = new Set<string>();
  #network: Flying[] = [];
  #lines: string[] = [];

  run(command: string): string[] {
    this.#lines = [];
    const [verb, ...words] = command.split(/\s+/);
    const act = this.#commands[verb!];
    if (act === undefined) throw new Error(`unknown command '${verb}'`);
    act(words);
    return this.#lines.length === 0 ? ['ok'] : this.#lines;
  }

  readonly #commands: Readonly<Record<string, (words: string[]) => void>> = {
    nodes: (words) => this.#create(words),
    tick: ([id, count]) => {
      const targets = id === 'all' ? [...this.#nodes.values()] : [this.#node(id)];
      for (let round = 0; round < Number(count ?? 1); round++) {
        for (const node of targets) if (node.isUp) this.#act(node, () => node.raft.tick());
      }
    },
    campaign: ([id]) => {
      const node = this.#node(id);
      for (let round = 0; round < 20 && node.raft.role === 'follower'; round++) {
        this.#act(node, () => node.raft.tick());
      }
    },
    propose: ([id, ...texts]) => {
      const node = this.#node(id);
      this.#act(node, () => node.raft.propose(texts.map(payload)));
    },
    members: ([id, ...words]) => {
      const node = this.#node(id);
      const members = membersOf(idsOf(words, 'voters'), idsOf(words, 'observers'));
      this.#act(node, () => node.raft.proposeConfig(members, payload('members')));
    },
    transfer: ([id, to]) => {
      const node = this.#node(id);
      this.#act(node, () => node.raft.transferLeadership(Number(to)));
    },
    read: ([id, context]) => {
      const node = this.#node(id);
      this.#act(node, () => node.raft.requestRead(Number(context)));
    },
    connected: ([id, peer]) => {
      const node = this.#node(id);
      this.#act(node, () => node.raft.peerConnected(Number(peer)));
    },
    lost: ([id, peer]) => {
      const node = this.#node(id);
      this.#act(node, () => node.raft.peerLost(Number(peer)));
    },
    compact: ([id]) => this.#node(id).compact(),
    deliver: (words) => this.#deliver(this.#take(words)),
    drop: (words) => {
      for (const { from, to, message } of this.#take(words)) {
        this.#lines.push(`${from} > ${to} ${messageText(message)} LOST`);
      }
    },
    settle: () => {
      for (let round = 0; round < 100 && this.#network.length > 0; round++) {
        this.#deliver(this.#take([]));
      }
    },
    cut: (pairs) => {
      for (const pair of pairs) this.#cut.add(pair);
    },
    heal: () => this.#cut.clear(),
    disk: ([id, mode]) => {
      if (mode === 'manual') this.#manual.add(Number(id));
      else this.#manual.delete(Number(id));
    },
    flush: ([id, count]) => {
      const node = this.#node(id);
      this.#watch(node, () => node.flush(count === undefined ? undefined : Number(count)));
    },
    crash: ([id]) => this.#node(id).crash(),
    start: ([id]) => this.#node(id).start(),
    lose: ([id, standing, ...words]) => {
      const kept = Number(optionOf(words, 'keep') ?? 0);
      this.#node(id).loseDisk(standing as 'fresh' | 'damaged', kept);
    },
    status: () => {
      for (const node of this.#nodes.values()) this.#lines.push(statusText(node));
    },
  };

  #create(words: string[]): void {
    const voters = idsOf(words, 'voters');
    const observers = idsOf(words, 'observers');
    const fresh = idsOf(words, 'fresh');
    const bytes = (name: string): number => Number(optionOf(words, name) ?? 1_000);
    for (const id of [...voters, ...observers, ...idsOf(words, 'extra')]) {
      const node = new TestNode({
        id,
        bootstrapConfig: configOf(voters, observers),
        random: () => id - 1,
        electionTicks: 6,
        heartbeatTicks: 2,
        snapshotChunkBytes: bytes('chunk'),
        appendBytesMax: bytes('batch'),
        retainedBytesMax: Number(optionOf(words, 'retain') ?? 0),
      });
      if (!fresh.includes(id)) node.disk.hardState = { term: 1, votedFor: 0, voteFloorIndex: 0 };
      node.standing = 'sound';
      node.onSend = (envelope) => this.#network.push({ ...envelope, from: id });
      node.onApply = (entry) => this.#lines.push(`${id} applies ${entryText(entry)}`);
      node.onRead = ({ context, index }) => this.#lines.push(`${id} read ${context} at ${index}`);
      node.start();
      this.#nodes.set(id, node);
    }
    const leader = optionOf(words, 'leader');
    if (leader === undefined) return;
    this.#commands.campaign!([leader]);
    this.#commands.settle!([]);
    this.#lines = [];
  }

  #node(id: string | undefined): TestNode {
    const node = this.#nodes.get(Number(id));
    if (node === undefined) throw new Error(`no node '${id}'`);
    return node;
  }

  #act(node: TestNode, step: () => RaftOutput | null): void {
    this.#watch(node, () => {
      const output = step();
      if (output === null) {
        this.#lines.push(`${node.id} refuses`);
        return;
      }
      if (output.installed !== null) {
        this.#lines.push(`${node.id} installs ${output.installed.index}`);
      }
      node.perform(output);
      if (!this.#manual.has(node.id)) while (node.pending.length > 0) node.flush();
      else for (const persist of output.persist) this.#lines.push(persistText(persist));
    });
  }

  /** Notes what became of the node's part. */
  #watch(node: TestNode, act: () => void): void {
    const { role, term, leader } = node.raft;
    act();
    const { raft } = node;
    if (raft.role === role && raft.term === term && raft.leader === leader) return;
    const of = raft.role === 'follower' ? ` of ${raft.leader}` : '';
    this.#lines.push(`${node.id} is ${raft.role}${of} t${raft.term}`);
  }

  #take(words: string[]): Flying[] {
    const from = optionOf(words, 'from');
    const to = optionOf(words, 'to');
    const kind = optionOf(words, 'kind');
    const isMeant = (flying: Flying): boolean =>
      (from === undefined || flying.from === Number(from)) &&
      (to === undefined || flying.to === Number(to)) &&
      (kind === undefined || flying.message.kind === kind);
    const taken = this.#network.filter(isMeant);
    this.#network = this.#network.filter((flying) => !isMeant(flying));
    return taken;
  }

  #deliver(messages: readonly Flying[]): void {
    for (const { from, to, message } of messages) {
      const node = this.#nodes.get(to);
      const isLost = this.#cut.has(`${from}>${to}`) || node?.isUp !== true;
      this.#lines.push(`${from} > ${to} ${messageText(message)}${isLost ? ' LOST' : ''}`);
      if (!isLost) this.#act(node, () => node.raft.receive(from, message));
    }
  }
}

function optionOf(words: readonly string[], name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

function idsOf(words: readonly string[], name: string): number[] {
  return optionOf(words, name)?.split(',').map(Number) ?? [];
}
