/** The load generator: a process of its own, told what to do by the benchmark and answering it. */
import type { Address } from '../../src/io/network.ts';
import { createFrame, getFrame, RawClient, requestFrame, SYNC, setFrame } from './raw-client.ts';

/** What to do. */
export type LoadJob =
  /** Makes the nodes that the other jobs use. */
  | { readonly kind: 'prepare'; readonly addresses: readonly Address[] }
  | {
      readonly kind: 'load';
      readonly addresses: readonly Address[];
      /** Of 100 requests, how many read. */
      readonly readPercent: number;
      /** Requests that are under way at any time, over all connections. */
      readonly outstanding: number;
      readonly warmUpMs: number;
      readonly measureMs: number;
    }
  /** Reads all nodes and compares them with the writes that were acknowledged. */
  | { readonly kind: 'check'; readonly addresses: readonly Address[] };

/** What came of it. Times in milliseconds. */
export interface LoadResult {
  readonly reads: number;
  readonly writes: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What went wrong, for a person; empty when all is well. */
  readonly problems: readonly string[];
}

const FOLDER = '/bench';
const KEY_COUNT = 1_000;
const VALUE_BYTES = 1_024;
const CONNECTIONS_MAX = 10;
const ANSWER_MS_MAX = 30_000;
const NOTHING = { reads: 0, writes: 0, elapsedMs: 0, p50Ms: 0, p99Ms: 0, problems: [] };

/** For each key: how many writes were acknowledged, and the number that the last of them wrote. */
const acknowledged = Array.from({ length: KEY_COUNT }, () => ({ count: 0, last: 0 }));
let lastWritten = 0;

process.on('message', (job: LoadJob) => {
  perform(job).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ ...NOTHING, problems: [String(error)] }),
  );
});

function perform(job: LoadJob): Promise<LoadResult> {
  if (job.kind === 'prepare') return prepare(job.addresses);
  return job.kind === 'check' ? check(job.addresses) : load(job);
}

function keyPath(key: number): string {
  return `${FOLDER}/k${key}`;
}

async function prepare([address]: readonly Address[]): Promise<LoadResult> {
  const client = await RawClient.open(address!, ANSWER_MS_MAX);
  const value = Buffer.alloc(VALUE_BYTES);
  const frames = [createFrame(FOLDER, Buffer.alloc(0))];
  for (let key = 0; key < KEY_COUNT; key++) frames.push(createFrame(keyPath(key), value));
  for (const frame of frames) {
    const { error } = await client.ask(frame, ANSWER_MS_MAX);
    if (error !== 0) throw new Error(`create failed with ${error}`);
  }
  client.close();
  for (const key of acknowledged) Object.assign(key, { count: 0, last: 0 });
  return NOTHING;
}

async function check([address]: readonly Address[]): Promise<LoadResult> {
  const client = await RawClient.open(address!, ANSWER_MS_MAX);
  // The server that is asked may be behind the one that answered the last write.
  await client.ask(requestFrame(SYNC, '/'), ANSWER_MS_MAX);
  const problems: string[] = [];
  for (const [key, { count, last }] of acknowledged.entries()) {
    const { error, body } = await client.ask(getFrame(keyPath(key)), ANSWER_MS_MAX);
    const value = error === 0 ? body.readDoubleBE(4) : Number.NaN;
    // The version stands behind the data and four long numbers of the Stat.
    const version = error === 0 ? body.readInt32BE(4 + VALUE_BYTES + 32) : Number.NaN;
    if (error === 0 && value === last && version === count) continue;
    problems.push(
      `${keyPath(key)}: ${count} writes acknowledged, the last of number ${last}; ` +
        `found error ${error}, version ${version}, number ${value}`,
    );
  }
  client.close();
  return { ...NOTHING, problems };
}

async function load(job: Extract<LoadJob, { kind: 'load' }>): Promise<LoadResult> {
  const { addresses, outstanding } = job;
  const connectionCount = Math.min(outstanding, CONNECTIONS_MAX);
  const clients: RawClient[] = [];
  for (let index = 0; index < connectionCount; index++) {
    clients.push(await RawClient.open(addresses[index % addresses.length]!, ANSWER_MS_MAX));
  }
  const startMs = performance.now() + job.warmUpMs;
  const window = { startMs, endMs: startMs + job.measureMs };
  const meters = clients.map((client, index) => {
    const keys = { first: index, step: connectionCount };
    return new Meter(client, keys, job.readPercent, window);
  });
  await Promise.all(meters.map((meter) => meter.run(outstanding / connectionCount)));
  for (const client of clients) client.close();
  const latencies = Float64Array.from(meters.flatMap((meter) => meter.latenciesMs)).sort();
  return {
    reads: meters.reduce((sum, { reads }) => sum + reads, 0),
    writes: meters.reduce((sum, { writes }) => sum + writes, 0),
    elapsedMs: job.measureMs,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    problems: meters.flatMap((meter) => meter.problems),
  };
}

/** Keeps a number of requests under way on one connection, on keys that no other one writes. */
class Meter {
  readonly #client: RawClient;
  readonly #keys: { readonly first: number; readonly step: number };
  readonly #readPercent: number;
  readonly #window: { readonly startMs: number; readonly endMs: number };
  readonly #sent: { readonly atMs: number; readonly key: number; readonly written: number }[] = [];
  readonly latenciesMs: number[] = [];
  readonly problems: string[] = [];
  reads = 0;
  writes = 0;
  #count = 0;

  constructor(
    client: RawClient,
    keys: { readonly first: number; readonly step: number },
    readPercent: number,
    window: { readonly startMs: number; readonly endMs: number },
  ) {
    this.#client = client;
    this.#keys = keys;
    this.#readPercent = readPercent;
    this.#window = window;
  }

  /** Resolves when the window is over and all that was sent is answered. */
  run(underWay: number): Promise<void> {
    return new Promise((resolve) => {
      this.#client.onEnd = () => {
        this.problems.push('the server hung up');
        resolve();
      };
      this.#client.onReply = (error) => {
        this.#answered(error);
        if (performance.now() < this.#window.endMs) this.#send();
        else if (this.#sent.length === 0) resolve();
      };
      for (let index = 0; index < underWay; index++) this.#send();
    });
  }

  #send(): void {
    // A fixed pattern spreads reads among writes evenly, and differs between connections.
    const turn = (this.#count++ + this.#keys.first * 7) % 5;
    const isRead = turn < this.#readPercent / 20;
    const { first, step } = this.#keys;
    const key = first + step * ((this.#count * 31) % Math.floor(KEY_COUNT / step));
    const written = isRead ? 0 : ++lastWritten;
    this.#sent.push({ atMs: performance.now(), key, written });
    this.#client.send(isRead ? readFrame(key) : writeFrame(key, written));
  }

  #answered(error: number): void {
    const { atMs, key, written } = this.#sent.shift()!;
    if (error !== 0) this.problems.push(`request on ${keyPath(key)} failed with ${error}`);
    else if (written > 0) {
      acknowledged[key]!.count++;
      acknowledged[key]!.last = written;
    }
    const nowMs = performance.now();
    if (nowMs < this.#window.startMs || nowMs >= this.#window.endMs) return;
    this.latenciesMs.push(nowMs - atMs);
    if (written > 0) this.writes++;
    else this.reads++;
  }
}

const readFrames = new Map<number, Buffer>();

/** A copy each time: a socket may still hold the one before. */
function readFrame(key: number): Buffer {
  let frame = readFrames.get(key);
  if (frame === undefined) {
    frame = getFrame(keyPath(key));
    readFrames.set(key, frame);
  }
  return Buffer.from(frame);
}

const writeTemplates = new Map<number, Buffer>();

function writeFrame(key: number, written: number): Buffer {
  let template = writeTemplates.get(key);
  if (template === undefined) {
    template = setFrame(keyPath(key), Buffer.alloc(VALUE_BYTES, 'v'));
    writeTemplates.set(key, template);
  }
  const frame = Buffer.from(template);
  frame.writeDoubleBE(written, frame.length - 4 - VALUE_BYTES);
  return frame;
}
