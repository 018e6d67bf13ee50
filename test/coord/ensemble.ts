import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../bench/coordinator/free-ports.ts';
import type { Member } from '../../src/coord/core/raft/types.ts';
import type { CoordinatorOptions, RunningCoordinator } from '../../src/coord/node.ts';
import type { Address } from '../../src/io/network.ts';
import { startNode, temporaryDirectory, until } from './harness.ts';

const HOST = '127.0.0.1';

/** Real coordinators on this machine that form an ensemble. */
export class Ensemble {
  readonly members: Member[];
  readonly directory: string;
  readonly running = new Map<number, RunningCoordinator>();
  readonly #options: Partial<CoordinatorOptions>;
  readonly #remove: () => Promise<void>;

  private constructor(
    place: Awaited<ReturnType<typeof temporaryDirectory>>,
    members: Member[],
    options: Partial<CoordinatorOptions>,
  ) {
    this.directory = place.directory;
    this.#remove = place.remove;
    this.members = members;
    this.#options = options;
  }

  /** Starts an ensemble; resolves once it has a leader and all of it serves. */
  static async start(
    roles: readonly Member['role'][],
    options: Partial<CoordinatorOptions> = {},
  ): Promise<Ensemble> {
    const ports = await freePorts(2 * roles.length);
    const members = roles.map((role, index) => member(index + 1, role, ports.splice(0, 2)));
    const ensemble = new Ensemble(await temporaryDirectory(), members, options);
    for (const { id } of members) await ensemble.startNode(id);
    await ensemble.untilServing();
    return ensemble;
  }

  get addresses(): Address[] {
    return this.members.map(addressOf);
  }

  /** The node that leads, as most of those that run see it; 0 for none. */
  get leader(): number {
    for (const [id, node] of this.running) {
      if (node.standing().raft.role === 'leader') return id;
    }
    return 0;
  }

  get followers(): number[] {
    return [...this.running.keys()].filter((id) => id !== this.leader);
  }

  async startNode(id: number, options: Partial<CoordinatorOptions> = {}): Promise<void> {
    const self = this.members.find((member) => member.id === id)!;
    const directory = this.directoryOf(id);
    await mkdir(directory, { recursive: true });
    const node = await startNode(directory, {
      nodeId: id,
      members: this.members,
      address: addressOf(self),
      ...this.#options,
      ...options,
    });
    this.running.set(id, node);
  }

  /** Starts a node that is told of the members and itself, and is none of them yet. */
  async startJoiner(role: Member['role']): Promise<Member> {
    const id = Math.max(...this.members.map((member) => member.id)) + 1;
    const joiner = member(id, role, await freePorts(2));
    this.members.push(joiner);
    await this.startNode(id);
    return joiner;
  }

  async stopNode(id: number): Promise<void> {
    await this.running.get(id)?.close();
    this.running.delete(id);
  }

  directoryOf(id: number): string {
    return join(this.directory, `node-${id}`);
  }

  async untilServing(): Promise<void> {
    await until('all nodes serve', () =>
      [...this.running.values()].every((node) => node.standing().isServing),
    );
  }

  /** Resolves once all running nodes have applied as much, to equal states. */
  async untilEqual(): Promise<void> {
    await until('all nodes are equal', () => {
      const standings = [...this.running.values()].map((node) => node.standing());
      return standings.every(
        (standing) =>
          standing.appliedIndex === standings[0]!.appliedIndex &&
          standing.stateHash() === standings[0]!.stateHash(),
      );
    });
  }

  async close(): Promise<void> {
    for (const id of [...this.running.keys()]) await this.stopNode(id);
    await this.#remove();
  }
}

/** Where clients reach a member. */
export function addressOf({ clientHost, clientPort }: Member): Address {
  return { host: clientHost, port: clientPort };
}

function member(id: number, role: Member['role'], ports: readonly number[]): Member {
  const [peerPort, clientPort] = ports as [number, number];
  return { id, role, peerHost: HOST, peerPort, electionPort: 0, clientHost: HOST, clientPort };
}
