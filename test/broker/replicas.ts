import { afterEach, expect } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import type { PlainJsonRecord } from '../../src/base/plain-json.ts';
import type { TableSchema } from '../../src/base/types.ts';
import type { SegmentFacts } from '../../src/broker/cluster-view.ts';
import { brokerHandler } from '../../src/broker/http.ts';
import { httpLeafService } from '../../src/broker/leaf-client.ts';
import { QueryRunner, type QueryRunnerOptions } from '../../src/broker/query.ts';
import { reduce } from '../../src/exec/reduce.ts';
import type { WorkGate } from '../../src/exec/work-gate.ts';
import type { FetchHandler, HttpClient, HttpRequest, HttpResponse } from '../../src/io/network.ts';
import type { Tracer } from '../../src/io/tracing.ts';
import type { Engine } from '../../src/server/engine.ts';
import { serverHandler } from '../../src/server/http.ts';
import { ManualClock, settled } from '../support/manual-clock.ts';
import { buildSegments, memorySource, openEngine } from '../support/memory-table.ts';

export const SCHEMA: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'BIGINT' },
    { name: 'kind', type: 'STRING' },
  ],
};

/** Rows of the table: ids from 0, of four kinds. */
export const ROW_COUNT = 400;

/** A query whose answer tells whether every row was counted once, and that answer. */
export const CHECKSUM = 'SELECT COUNT(*), SUM(id) FROM t WHERE id >= 0';
export const CHECKSUM_ROWS = [[ROW_COUNT, (ROW_COUNT * (ROW_COUNT - 1)) / 2]];

/** How a server behaves for a while. */
export type Fault = 'none' | 'refused' | 'stopped' | 'breaks off' | 'held';

/** A real engine behind the real door of a server, over a network that a test can break. */
export class Replica {
  readonly id: string;
  readonly engine: Engine;
  /** What came in, such as `POST /v1/leaf`. */
  readonly requests: string[] = [];
  /** Names of segments in leaf requests, in their order. */
  readonly asked: string[][] = [];
  /** Whether leaf requests, in the same order, allow to finish groups. */
  readonly finishes: boolean[] = [];
  fault: Fault = 'none';
  /** Bounds its leaf requests. */
  gate: WorkGate | undefined;
  readonly #handler: FetchHandler;
  readonly #waiting: (() => void)[] = [];

  constructor(id: string, engine: Engine, clock: ManualClock, tracer?: Tracer) {
    this.id = id;
    this.engine = engine;
    const onInternalError = (error: unknown) => {
      throw error;
    };
    const owner = this;
    this.#handler = serverHandler({
      engine,
      clock,
      servedSegments: () => ({}),
      openFile: async () => null,
      cacheStatus: async () => null,
      onInternalError,
      tracer,
      get gate() {
        return owner.gate;
      },
    });
  }

  /** Goes on with what came while it was stopped or held. */
  resume(): void {
    this.fault = 'none';
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Requests that wait because it is stopped or held. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  get client(): HttpClient {
    return {
      request: (request) => unlessAborted(this.#request(request), request.signal),
      close: async () => {},
    };
  }

  async #request({ method, path, headers = {}, body }: HttpRequest): Promise<HttpResponse> {
    const brokenOff = () => new EngineError('SERVER_UNAVAILABLE', `http: ${this.id} broke off`);
    if (this.fault === 'refused') throw brokenOff();
    const isHeld = this.fault === 'held' && path !== '/health';
    if (this.fault === 'stopped' || isHeld) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.requests.push(`${method} ${path}`);
    if (method === 'POST') {
      const { segments, finish } = JSON.parse(String(body));
      this.asked.push(segments);
      this.finishes.push(finish !== 'null');
    }
    const response = await this.#handler(
      new Request(`http://server${path}`, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body: body as string }),
      }),
    );
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (this.fault === 'breaks off' && path !== '/health') throw brokenOff();
    return { status: response.status, headers: Object.fromEntries(response.headers), body: bytes };
  }
}

/** What a broker of replicas may have other than usual. */
export interface ReplicaOptions extends Partial<QueryRunnerOptions> {
  readonly config?: PlainJsonRecord;
  readonly facts?: ReadonlyMap<string, SegmentFacts>;
}

/** A broker over a table whose segments are on servers of one's choice; time passes by hand. */
export class Replicas {
  readonly clock = new ManualClock();
  readonly servers = new Map<string, Replica>();
  /** Servers that are not in the tree. */
  readonly gone = new Set<string>();
  routing: ReadonlyMap<string, readonly string[]>;
  readonly runner: QueryRunner;
  readonly handler: FetchHandler;
  readonly errors: unknown[] = [];
  brokerCount = 1;

  private constructor(
    routing: Map<string, string[]>,
    engines: ReadonlyMap<string, Engine>,
    { config, facts, ...options }: ReplicaOptions,
  ) {
    this.routing = routing;
    for (const [id, engine] of engines) {
      this.servers.set(id, new Replica(id, engine, this.clock, options.tracer));
    }
    const { mainContext } = [...engines.values()][0]!;
    const services = new Map(
      [...this.servers].map(([id, { client }]) => [id, httpLeafService(id, client, this.clock)]),
    );
    const view = {
      tableNames: () => ['t'],
      schema: () => SCHEMA,
      indexes: () => [],
      routing: () => this.routing,
      routingVersion: () => 0,
      servers: () => new Map(),
      segment: (_table: string, id: string) => facts?.get(id) ?? null,
      tableConfig: () => config ?? null,
      brokerCount: () => this.brokerCount,
    };
    const onInternalError = (error: unknown) => this.errors.push(error);
    this.runner = new QueryRunner({
      brokerId: 'broker',
      view,
      clock: this.clock,
      reduce: async (plan, partials) => reduce(plan, partials, mainContext),
      evaluateConstant: () => null,
      leafService: (id) => (this.gone.has(id) ? null : (services.get(id) ?? null)),
      probe: async (id, timeoutMs) => {
        const request = { method: 'GET', path: '/health', timeoutMs } as const;
        const answer = this.servers.get(id)!.client.request(request);
        await unlessLate(answer, this.clock, timeoutMs);
      },
      onInternalError,
      ...options,
    });
    this.handler = brokerHandler({ runner: this.runner, view, onInternalError });
  }

  /** @param placement the servers of each segment, whose names are s0, s1 and so on. */
  static async open(
    placement: readonly (readonly string[])[],
    options: ReplicaOptions = {},
  ): Promise<Replicas> {
    const rows = Array.from({ length: ROW_COUNT }, (_, id) => [BigInt(id), `kind${id % 4}`]);
    const segmentRows = Math.ceil(ROW_COUNT / placement.length);
    const built = buildSegments(SCHEMA, rows, { segmentRows });
    const engines = new Map<string, Engine>();
    for (const id of new Set(placement.flat())) {
      engines.set(id, await openEngine(0, 64 * 1_048_576));
    }
    const routing = new Map<string, string[]>();
    placement.forEach((ids, at) => {
      const { metadata, file } = built[at]!;
      routing.set(metadata.name, [...ids]);
      for (const id of ids) engines.get(id)!.addSegment(metadata, memorySource(file));
    });
    return new Replicas(routing, engines, options);
  }

  server(id: string): Replica {
    return this.servers.get(id)!;
  }

  /** The body of a response. */
  async query(sql: string, path = '/query/sql', headers: Record<string, string> = {}) {
    const response = await this.send(sql, path, headers);
    return JSON.parse(await response.text());
  }

  async send(sql: string, path = '/query/sql', headers: Record<string, string> = {}) {
    const body = JSON.stringify({ sql });
    const init = { method: 'POST', body, headers };
    return this.handler(new Request(`http://broker${path}`, init));
  }

  async get(path: string, method = 'GET') {
    const response = await this.handler(new Request(`http://broker${path}`, { method }));
    const text = await response.text();
    return { status: response.status, text, body: /^[{[]/.test(text) ? JSON.parse(text) : null };
  }

  async close(): Promise<void> {
    this.runner.close();
    for (const { engine } of this.servers.values()) await engine.close();
  }
}

/**
 * Gives tests brokers over replicas, and closes them after each test: whatever was stopped goes on, nothing
 * has gone wrong unseen, and no timer is left that would keep a process from ending.
 */
export function replicasOfTests(): typeof Replicas.open {
  const open: Replicas[] = [];
  afterEach(async () => {
    for (const cluster of open.splice(0)) {
      for (const server of cluster.servers.values()) server.resume();
      await settled();
      await cluster.close();
      expect(cluster.errors).toEqual([]);
      expect(cluster.clock.timerCount).toBe(0);
    }
  });
  return async (...options) => {
    const cluster = await Replicas.open(...options);
    open.push(cluster);
    return cluster;
  };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new EngineError('CANCELLED', 'http: given up'));
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    work.then(resolve, reject);
  });
}

function unlessLate<T>(work: Promise<T>, clock: ManualClock, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(timeoutMs, () => reject(new EngineError('TIMEOUT', 'http: late')));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
