import { EngineError } from '../../../src/base/errors.ts';
import type { Prng } from '../../../src/base/prng.ts';
import type { Clock } from '../../../src/io/clock.ts';
import type { HttpClient, HttpRequest, Network } from '../../../src/io/network.ts';
import { type Random, shuffled } from '../../../src/io/random.ts';
import { MachineClock } from '../clock.ts';
import { SimulatedProcess } from '../process.ts';
import { seededRandom } from '../random.ts';
import type { RoleCluster } from './role-cluster.ts';
import type { RoleMachine } from './role-machine.ts';

/** A response whose body is JSON. */
export interface JsonResponse {
  readonly status: number;
  readonly body: unknown;
}

/** What a user's program does; resolves when it is done. */
export type UserProgram = (user: User) => Promise<void>;

/** Somebody outside of the cluster who asks controllers and brokers over HTTP. */
export class User {
  readonly name: string;
  readonly host: string;
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly prng: Prng;
  readonly #cluster: RoleCluster;
  readonly #pools = new Map<RoleMachine, HttpClient>();
  #isDone = false;

  constructor(cluster: RoleCluster, name: string, host: string) {
    const { scheduler, network } = cluster.world;
    const process = new SimulatedProcess(scheduler, name);
    this.name = name;
    this.host = host;
    cluster.userHosts.push(host);
    this.clock = new MachineClock(scheduler, 1, 0).forProcess(process);
    this.network = network.forProcess(process, host, this.clock);
    this.prng = cluster.world.fork();
    this.random = seededRandom(cluster.world.fork());
    this.#cluster = cluster;
  }

  /** True when its program has come to its end. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Time that is the same for all users. */
  get trueMs(): number {
    return this.#cluster.world.scheduler.nowMs;
  }

  start(program: UserProgram): void {
    const { scheduler } = this.#cluster.world;
    program(this).then(
      () => {
        this.#isDone = true;
      },
      (error: unknown) => scheduler.fail(error),
    );
  }

  note(...parts: unknown[]): void {
    this.#cluster.world.scheduler.note(this.name, ...parts);
  }

  /** Machines of a kind in random order. */
  some(kind: RoleMachine['kind']): RoleMachine[] {
    return shuffled(this.#cluster.of(kind), this.random);
  }

  /** Asks a machine; null when nobody knows whether it has got the request. */
  async ask(machine: RoleMachine, request: HttpRequest): Promise<JsonResponse | null> {
    let pool = this.#pools.get(machine);
    if (pool === undefined) {
      pool = this.network.httpClient(machine.address);
      this.#pools.set(machine, pool);
    }
    try {
      const { status, body } = await pool.request(request);
      return { status, body: JSON.parse(new TextDecoder().decode(body)) };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.note(machine.id, 'gave no answer:', error.message);
      return null;
    }
  }
}
