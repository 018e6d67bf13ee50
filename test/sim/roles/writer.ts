import { sleep } from '../../../src/io/clock.ts';
import type { HttpRequest } from '../../../src/io/network.ts';
import { chance } from '../random.ts';
import { ask, type WorkloadPlan } from './reader.ts';
import type { TableChange } from './table-history.ts';
import {
  pinotConfig,
  pinotSchema,
  QUESTIONS,
  segmentFile,
  type TestSegment,
  testSegment,
} from './test-tables.ts';
import type { JsonResponse, User, UserProgram } from './user.ts';

const SEGMENTS_MAX = 3;
const ROWS_MAX = 6;
const UPLOAD_TIMEOUT_MS = 5_000;
const UPLOAD_ATTEMPTS = 3;
const CHANGE_TIMEOUT_MS = 20_000;
const CREATE_PAUSE_MS = 200;

/** Gives numbers to segments, so that no two have a name or a value in common. */
export type NumberSegment = () => number;

/** Creates tables, however often that takes. */
export function creator(tables: readonly string[], onCreated: () => void): UserProgram {
  return async (user) => {
    for (const table of tables) {
      while (!(await isDone(user, post('/schemas', pinotSchema(table))))) {
        await sleep(user.clock, CREATE_PAUSE_MS);
      }
    }
    onCreated();
  };
}

/** Loads, drops and replaces segments of random tables and configures them, over and over. */
export function writer(plan: WorkloadPlan, number: NumberSegment): UserProgram {
  return async (user) => {
    const writing = new Writer(user, plan, number);
    while (!plan.isOver()) {
      await sleep(user.clock, plan.writerPauseMs * (0.5 + user.prng.float()));
      await writing.doSomething(user.prng.pick(plan.tables));
    }
  };
}

class Writer {
  readonly #user: User;
  readonly #plan: WorkloadPlan;
  readonly #number: NumberSegment;
  /** Segments that this writer has loaded, as it knows, and has not tried to take away. */
  readonly #loaded: TestSegment[] = [];

  constructor(user: User, plan: WorkloadPlan, number: NumberSegment) {
    this.#user = user;
    this.#plan = plan;
    this.#number = number;
  }

  async doSomething(table: string): Promise<void> {
    const draw = this.#user.prng.float();
    const removable = this.#loaded.filter((segment) => segment.table === table);
    if (draw < 0.5 || removable.length === 0) await this.#load(table, []);
    else if (draw < 0.65) await this.#load(table, this.#some(removable));
    else if (draw < 0.85) await this.#drop(table, this.#user.prng.pick(removable));
    else await this.#configure(table);
  }

  /** One or two of them. */
  #some(segments: readonly TestSegment[]): TestSegment[] {
    const { prng } = this.#user;
    return [...new Set([prng.pick(segments), prng.pick(segments)])];
  }

  /** @param removes what is replaced; some of the new segments may have the name of one of them. */
  async #load(table: string, removes: readonly TestSegment[]): Promise<void> {
    const { prng } = this.#user;
    const names = removes.filter(() => chance(prng, 0.5)).map(({ name }) => name);
    const adds = Array.from({ length: prng.integer(1, SEGMENTS_MAX + 1) }, () =>
      testSegment(table, this.#number(), prng.integer(2, ROWS_MAX + 1), names.pop()),
    );
    const segments: string[] = [];
    for (const segment of adds) {
      const object = await this.#upload(segment);
      if (object === null) return;
      segments.push(object);
    }
    this.#forget(removes);
    const kind = removes.length === 0 ? 'load' : 'replace';
    const change = this.#begin(kind, table, adds, removes);
    const body = JSON.stringify({ segments, replaces: removes.map(({ name }) => name) });
    const isLoaded = await this.#finish(change, post(`/v1/tables/${table}/segments`, body));
    if (isLoaded) this.#loaded.push(...adds);
  }

  async #drop(table: string, segment: TestSegment): Promise<void> {
    this.#forget([segment]);
    const change = this.#begin('drop', table, [], [segment]);
    const path = `/segments/${table}/${segment.name}`;
    await this.#finish(change, { method: 'DELETE', path, timeoutMs: CHANGE_TIMEOUT_MS });
  }

  async #configure(table: string): Promise<void> {
    const body = pinotConfig(table, this.#user.prng.integer(0, 4));
    this.#user.note('configures', body);
    const path = `/tables/${table}`;
    await isDone(this.#user, { method: 'PUT', path, body, timeoutMs: CHANGE_TIMEOUT_MS });
  }

  /** The name of the segment's object in the deep store; null when it could not be sent there. */
  async #upload(segment: TestSegment): Promise<string | null> {
    const request: HttpRequest = {
      method: 'PUT',
      path: `/v1/tables/${segment.table}/segments/${segment.name}`,
      body: segmentFile(segment),
      timeoutMs: UPLOAD_TIMEOUT_MS,
    };
    for (let attempt = 0; attempt < UPLOAD_ATTEMPTS; attempt++) {
      const response = await change(this.#user, request);
      if (response !== null) return (response.body as { object: string }).object;
    }
    return null;
  }

  #forget(segments: readonly TestSegment[]): void {
    for (const segment of segments) this.#loaded.splice(this.#loaded.indexOf(segment), 1);
  }

  #begin(
    kind: TableChange['kind'],
    table: string,
    adds: readonly TestSegment[],
    removes: readonly TestSegment[],
  ): TableChange {
    const { history } = this.#plan;
    const invokedMs = this.#user.trueMs;
    const number = history.next();
    const change = { number, kind, table, adds, removes, invokedMs, acknowledgedMs: null };
    history.changes.push(change);
    this.#user.note(
      'change',
      number,
      kind,
      ...adds.map(({ tag }) => tag),
      '-',
      ...removes.map(({ tag }) => tag),
    );
    return change;
  }

  /** Whoever is told that a change is done may look at once. */
  async #finish(change: TableChange, request: HttpRequest): Promise<boolean> {
    const user = this.#user;
    const done = await isDone(user, request);
    if (done) change.acknowledgedMs = user.trueMs;
    user.note('change', change.number, done ? 'is done' : 'is not known to be done');
    if (done && chance(user.prng, 0.8)) {
      const { history } = this.#plan;
      await ask(user, history, change.table, user.prng.pick(QUESTIONS), user.some('broker'));
    }
    return done;
  }
}

/** What some controller says when it is done; nothing is known otherwise. */
async function change(user: User, request: HttpRequest): Promise<JsonResponse | null> {
  const [controller] = user.some('controller');
  const response = await user.ask(controller!, request);
  if (response === null || response.status === 200) return response;
  user.note(controller!.id, 'refuses', request.path, response.status, response.body);
  return null;
}

async function isDone(user: User, request: HttpRequest): Promise<boolean> {
  return (await change(user, request)) !== null;
}

function post(path: string, body: string): HttpRequest {
  return { method: 'POST', path, body, timeoutMs: CHANGE_TIMEOUT_MS };
}
