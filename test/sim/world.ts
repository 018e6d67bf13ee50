import { Prng } from '../../src/base/prng.ts';
import { CommittedEntries } from './checkers/committed-entries.ts';
import { LeaderCompleteness } from './checkers/leader-completeness.ts';
import { ReadIndexes } from './checkers/read-indexes.ts';
import { VotePromises } from './checkers/vote-promises.ts';
import type { SimulatedClient } from './client.ts';
import type { SimulatedNode } from './cluster-node.ts';
import { History } from './history.ts';
import { Links } from './links.ts';
import { SimulatedNetwork } from './network.ts';
import { Scheduler } from './scheduler.ts';

/** Everything that a simulation consists of. */
export class World {
  readonly scheduler = new Scheduler();
  readonly history = new History();
  readonly links: Links;
  readonly network: SimulatedNetwork;
  readonly nodes: SimulatedNode[] = [];
  readonly clients: SimulatedClient[] = [];
  /** Checks that nodes feed themselves, whichever incarnation of them runs. */
  readonly votes = new VotePromises();
  readonly entries = new CommittedEntries();
  readonly completeness = new LeaderCompleteness();
  readonly reads = new ReadIndexes();
  /** Source of what has no generator of its own. */
  readonly prng: Prng;
  readonly #seeds: Prng;
  #lastRan: SimulatedNode | null = null;

  /** @param latencyMs typical one-way latency between hosts. */
  constructor(seed: number, latencyMs: number) {
    this.#seeds = new Prng(seed);
    this.prng = this.fork();
    this.links = new Links(this.fork(), latencyMs);
    const { scheduler, links } = this;
    this.network = new SimulatedNetwork({ scheduler, links, prng: this.fork() });
  }

  /** A generator of its own for a part, so that parts do not shift each other's draws. */
  fork(): Prng {
    return new Prng(this.#seeds.uint32());
  }

  /** Notes that a node has run, for checks after the event. */
  ran(node: SimulatedNode): void {
    this.#lastRan = node;
  }

  /** The node that ran in the event that is just over, if any; the next call tells of the next. */
  takeLastRan(): SimulatedNode | null {
    const node = this.#lastRan;
    this.#lastRan = null;
    return node;
  }
}
