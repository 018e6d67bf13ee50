import type { Prng } from '../../../src/base/prng.ts';
import { ClientSession } from '../../../src/coord/client-session.ts';
import {
  type ClientRequest,
  CreateFlag,
  type CreateOperation,
  EventType,
  type MultiOperation,
  Permission,
  type Result,
} from '../../../src/coord/core/model.ts';
import type { WatcherEvent } from '../../../src/coord/zk/replies.ts';
import type { ClientIo, ClientProgram } from '../client.ts';
import { chance } from '../random.ts';
import { drawEphemeral, drawNode, drawPair, drawRegister, PARENT, PARENTS } from './key-space.ts';
import { attempt, think, valueSource, type WorkloadPlan } from './plan.ts';

/**
 * A user of the session below the client's API, for what the API does not offer: one-shot watches
 * that are armed again after a reconnect, requests in a row without waiting, wishes for stats.
 */
export function rawUser(prng: Prng, plan: WorkloadPlan): ClientProgram {
  return async (io) => {
    const freshValue = valueSource(io.name);
    while (!plan.isOver()) await new RawUser(io, prng, freshValue).live(plan);
  };
}

class RawUser {
  readonly #io: ClientIo;
  readonly #prng: Prng;
  readonly #freshValue: () => Uint8Array;
  readonly #session: ClientSession;
  readonly #watched = {
    data: new Set<string>(),
    exist: new Set<string>(),
    child: new Set<string>(),
  };

  constructor(io: ClientIo, prng: Prng, freshValue: () => Uint8Array) {
    this.#io = io;
    this.#prng = prng;
    this.#freshValue = freshValue;
    this.#session = new ClientSession({
      ...io,
      onConnected: (isNewSession) => this.#connected(isNewSession),
      onEvent: (event) => this.#fired(event),
    });
  }

  async live(plan: WorkloadPlan): Promise<void> {
    if (!(await attempt(() => this.#session.start()))) return;
    for (const path of PARENTS) await attempt(() => this.#session.call(this.#create(path, 0)));
    const lives = this.#prng.integer(20, 400);
    for (let count = 0; count < lives && !plan.isOver(); count++) {
      await think(this.#io, this.#prng, plan);
      // What is sent in one go is answered in order, whatever happens in between.
      const burst = chance(this.#prng, 0.3) ? this.#prng.integer(2, 6) : 1;
      const calls: Promise<unknown>[] = [];
      for (let index = 0; index < burst; index++) calls.push(attempt(() => this.#callOne()));
      await Promise.all(calls);
    }
    await attempt(() => this.#session.call({ kind: 'closeSession' }));
    this.#session.destroy();
  }

  async #callOne(): Promise<void> {
    for (const request of this.#drawRequests())
      await this.#settle(request, this.#session.call(request));
  }

  /** Keeps the book of one-shot watches that the server keeps. */
  async #settle(request: ClientRequest, answer: Promise<Result>): Promise<void> {
    const result = await answer;
    if (!('watch' in request) || !request.watch) return;
    const { kind, path } = request;
    const isThere = result.kind !== 'error';
    if (kind === 'exists') this.#watched[isThere ? 'data' : 'exist'].add(path);
    else if (isThere) this.#watched[kind === 'getData' ? 'data' : 'child'].add(path);
  }

  #fired({ type, path }: WatcherEvent): void {
    const { data, exist, child } = this.#watched;
    if (type !== EventType.CHILDREN_CHANGED) {
      data.delete(path);
      exist.delete(path);
    }
    if (type === EventType.CHILDREN_CHANGED || type === EventType.DELETED) child.delete(path);
  }

  #connected(isNewSession: boolean): void {
    const { data, exist, child } = this.#watched;
    if (isNewSession) for (const paths of [data, exist, child]) paths.clear();
    if (data.size + exist.size + child.size === 0) return;
    const request = {
      kind: 'setWatches',
      relativeZxid: this.#session.lastZxid,
      data: [...data],
      exist: [...exist],
      child: [...child],
      persistent: [],
      recursive: [],
    } as const;
    void attempt(() => this.#session.call(request));
  }

  #drawRequests(): ClientRequest[] {
    const prng = this.#prng;
    const drawn = prng.integer(0, 100);
    if (drawn < 12) return [this.#create(drawRegister(prng), 0)];
    if (drawn < 26) return [this.#set(drawRegister(prng))];
    if (drawn < 32) return [{ kind: 'delete', path: drawRegister(prng), version: -1 }];
    if (drawn < 40) return [this.#create(`${PARENT.QUEUE}/n-`, this.#drawSequentialFlags())];
    if (drawn < 46) return [this.#create(drawEphemeral(prng), CreateFlag.EPHEMERAL)];
    if (drawn < 54) return [{ kind: 'multi', operations: this.#drawMulti() }];
    if (drawn < 74) return [this.#read(chance(prng, 0.6))];
    if (drawn < 84) return [{ kind: 'sync', path: '/' }, this.#read(false)];
    if (drawn < 94) {
      const kind = chance(prng, 0.5) ? 'getChildren' : 'getChildren2';
      return [{ kind, path: prng.pick(PARENTS), watch: chance(prng, 0.6) }];
    }
    if (drawn < 96) return [{ kind: 'getEphemerals', prefix: '/' }];
    if (drawn < 98) return [{ kind: 'addWatch', path: drawNode(prng), mode: prng.integer(0, 2) }];
    return [{ kind: 'getAllChildrenNumber', path: PARENT.QUEUE }];
  }

  #read(watch: boolean): ClientRequest {
    const kind = chance(this.#prng, 0.5) ? 'getData' : 'exists';
    return { kind, path: drawNode(this.#prng), watch };
  }

  #set(path: string): ClientRequest & MultiOperation {
    const version = chance(this.#prng, 0.7) ? -1 : this.#prng.integer(0, 4);
    return { kind: 'setData', path, data: this.#freshValue(), version };
  }

  #create(path: string, flags: number): CreateOperation {
    const acl = [{ permissions: Permission.ALL, scheme: 'world', id: 'anyone' }];
    const withStat = chance(this.#prng, 0.5);
    return { kind: 'create', path, data: this.#freshValue(), acl, flags, withStat };
  }

  #drawSequentialFlags(): number {
    return CreateFlag.SEQUENTIAL | (chance(this.#prng, 0.4) ? CreateFlag.EPHEMERAL : 0);
  }

  #drawMulti(): MultiOperation[] {
    const [first, second] = drawPair(this.#prng);
    const choices: MultiOperation[][] = [
      [this.#set(first), this.#set(second)],
      [this.#create(first, 0), this.#set(second)],
      [this.#create(first, 0), this.#create(second, 0)],
      [{ kind: 'delete', path: first, version: -1 }, this.#create(second, 0)],
      [{ kind: 'check', path: first, version: 0 }, this.#set(second)],
      [this.#create(`${PARENT.QUEUE}/n-`, CreateFlag.SEQUENTIAL), this.#set(first)],
    ];
    return this.#prng.pick(choices);
  }
}
