import type { Prng } from '../../../src/base/prng.ts';
import { CoordinatorClient, type TransactionOperation } from '../../../src/coord/client.ts';
import type { ClientIo, ClientProgram } from '../client.ts';
import { chance } from '../random.ts';
import {
  drawEphemeral,
  drawNode,
  drawPair,
  drawRegister,
  FIXED_NODES,
  PARENT,
  PARENTS,
} from './key-space.ts';
import { attempt, persist, think, valueSource, type WorkloadPlan } from './plan.ts';

/** A user of the production client's whole API, as Nyala's own roles are. */
export function apiUser(prng: Prng, plan: WorkloadPlan): ClientProgram {
  return async (io) => {
    const user = new ApiUser(io, prng);
    while (!plan.isOver()) await user.liveOneSession(plan);
    await user.readEverything();
  };
}

class ApiUser {
  readonly #io: ClientIo;
  readonly #prng: Prng;
  readonly #freshValue: () => Uint8Array;
  readonly #versions = new Map<string, number>();

  constructor(io: ClientIo, prng: Prng) {
    this.#io = io;
    this.#prng = prng;
    this.#freshValue = valueSource(io.name);
  }

  async liveOneSession(plan: WorkloadPlan): Promise<void> {
    const client = await this.#connect();
    if (client === null) return;
    const lives = this.#prng.integer(20, 400);
    for (let count = 0; count < lives && !plan.isOver(); count++) {
      await think(this.#io, this.#prng, plan);
      await attempt(() => this.#drawOperation(client));
    }
    await client.close();
  }

  async readEverything(): Promise<void> {
    await persist(this.#io, async () => {
      const client = await CoordinatorClient.connect(this.#io);
      try {
        for (const path of FIXED_NODES) {
          const reading = [client.sync(), client.get(path).catch(absentIsFine)];
          await Promise.all(reading);
        }
        for (const path of PARENTS) await Promise.all([client.sync(), client.children(path)]);
      } finally {
        await client.close();
      }
    });
  }

  async #connect(): Promise<CoordinatorClient | null> {
    let client: CoordinatorClient | null = null;
    await attempt(async () => {
      client = await CoordinatorClient.connect(this.#io);
      for (const path of PARENTS) await client.ensurePath(path);
    });
    return client;
  }

  async #drawOperation(client: CoordinatorClient): Promise<void> {
    const prng = this.#prng;
    const drawn = prng.integer(0, 100);
    if (drawn < 14) await client.create(drawRegister(prng), this.#freshValue());
    else if (drawn < 30) await this.#set(client, drawRegister(prng));
    else if (drawn < 36) await client.delete(drawRegister(prng));
    else if (drawn < 50) await this.#get(client, drawNode(prng));
    else if (drawn < 60) await this.#syncAndGet(client, drawNode(prng));
    else if (drawn < 66) await this.#createInQueue(client);
    else if (drawn < 70) await this.#shortenQueue(client);
    else if (drawn < 75) await this.#makeEphemeral(client);
    else if (drawn < 87) await client.transaction(this.#drawTransaction());
    else if (drawn < 92) await client.children(prng.pick(PARENTS));
    else if (drawn < 96) await client.exists(drawNode(prng));
    else await this.#watch(client);
  }

  async #set(client: CoordinatorClient, path: string): Promise<void> {
    const known = this.#versions.get(path);
    const expected = known !== undefined && chance(this.#prng, 0.5) ? known : undefined;
    const { version } = await client.set(path, this.#freshValue(), expected);
    this.#versions.set(path, version);
  }

  async #get(client: CoordinatorClient, path: string): Promise<void> {
    const { stat } = await client.get(path);
    this.#versions.set(path, stat.version);
  }

  async #syncAndGet(client: CoordinatorClient, path: string): Promise<void> {
    await Promise.all([client.sync(path), this.#get(client, path)]);
  }

  async #createInQueue(client: CoordinatorClient): Promise<void> {
    const ephemeral = chance(this.#prng, 0.4);
    const path = `${PARENT.QUEUE}/n-`;
    await client.create(path, this.#freshValue(), { sequential: true, ephemeral });
  }

  async #shortenQueue(client: CoordinatorClient): Promise<void> {
    const names = await client.children(PARENT.QUEUE);
    if (names.length > 0) await client.delete(`${PARENT.QUEUE}/${names[0]}`);
  }

  async #makeEphemeral(client: CoordinatorClient): Promise<void> {
    const path = drawEphemeral(this.#prng);
    if (chance(this.#prng, 0.3)) await client.delete(path);
    else await client.create(path, this.#freshValue(), { ephemeral: true });
  }

  #drawTransaction(): TransactionOperation[] {
    const [first, second] = drawPair(this.#prng);
    const data = this.#freshValue();
    const other = this.#freshValue();
    const expectedVersion = this.#versions.get(first) ?? 0;
    switch (this.#prng.integer(0, 5)) {
      case 0:
        return [
          { kind: 'set', path: first, data },
          { kind: 'set', path: second, data: other },
        ];
      case 1:
        return [
          { kind: 'create', path: first, data },
          { kind: 'create', path: second, data: other },
        ];
      case 2:
        return [
          { kind: 'create', path: first, data },
          { kind: 'delete', path: second },
        ];
      case 3:
        return [
          { kind: 'check', path: first, expectedVersion },
          { kind: 'set', path: second, data: other },
        ];
      default:
        return [
          { kind: 'create', path: `${PARENT.QUEUE}/n-`, data, sequential: true },
          { kind: 'set', path: second, data: other },
        ];
    }
  }

  async #watch(client: CoordinatorClient): Promise<void> {
    const path = chance(this.#prng, 0.5) ? this.#prng.pick(PARENTS) : drawNode(this.#prng);
    const mode = chance(this.#prng, 0.5) ? 'node' : 'recursive';
    const stop = await client.watch(path, mode, () => {});
    await this.#get(client, drawNode(this.#prng));
    if (chance(this.#prng, 0.5)) await stop();
  }
}

function absentIsFine(error: { code?: string }): void {
  if (error.code !== 'NOT_FOUND') throw error;
}
