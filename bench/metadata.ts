/**
 * `npm run bench:metadata -- [--segments N]`: what a table of many segments costs the cluster's roles:
 * until a broker routes after its start, until it goes by a change, the largest node of the tree, and
 * the coordinator's memory. The coordinator and the broker that starts are processes of their own; the
 * servers are three sessions that say what servers would.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RECORD_RANGE_TEXT_BYTES_MAX } from '../src/base/serving-limits.ts';
import { followCluster } from '../src/broker/cluster-view.ts';
import { placeSegments } from '../src/controller/placement.ts';
import { CoordinatorClient } from '../src/coord/client.ts';
import {
  CLUSTER_PARENTS,
  childPath,
  clusterPaths,
  encodeNode,
  servingName,
} from '../src/coord/cluster/paths.ts';
import type {
  ColumnRanges,
  SegmentPageNode,
  SegmentRecord,
} from '../src/coord/cluster/segment-nodes.ts';
import { assignPages, recordBytes } from '../src/coord/cluster/segment-pages.ts';
import { nodeClock } from '../src/io/node-clock.ts';
import { nodeNetwork } from '../src/io/node-network.ts';
import { nodeRandom } from '../src/io/node-random.ts';
import { freePorts } from './coordinator/free-ports.ts';
import { prepareNyala } from './coordinator/nyala.ts';
import { repositoryRoot } from './root.ts';
import { median } from './timing.ts';

const TABLE = 'events';
const SERVERS = ['Server_10.0.0.1_8098', 'Server_10.0.0.2_8098', 'Server_10.0.0.3_8098'];
const REPLICATION = 2;
const WRITES_MAX = 64;
const ROUNDS = 200;
const STARTS = 5;

const { values } = parseArgs({ options: { segments: { type: 'string', default: '100000' } } });
const directory = await mkdtemp(join(tmpdir(), 'nyala-metadata-'));
const [coordinator] = await prepareNyala({ directory });
if (coordinator === undefined) throw new Error('there is no coordinator');
try {
  coordinator.start();
  await coordinator.serves();
  await measure(Number(values.segments));
} finally {
  await coordinator.kill();
  await rm(directory, { recursive: true });
}

async function measure(segmentCount: number): Promise<void> {
  const emptyBytes = coordinator!.residentBytes() ?? 0;
  const empty = await startBrokers('/health');
  const controller = await connect();
  const pages = pagesOf(recordsOf(segmentCount));
  let largest = await writeTable(controller, pages);
  const servers = await Promise.all(SERVERS.map(connect));
  for (const [index, client] of servers.entries()) {
    largest = Math.max(largest, await serve(client, SERVERS[index]!, pages));
  }
  const residentBytes = coordinator!.residentBytes() ?? 0;
  show('segments', `${segmentCount} in ${pages.size} pages, ${REPLICATION} replicas`);
  show('largest node', `${largest} bytes`);
  show('coordinator', `${megabytes(residentBytes)} resident, ${megabytes(emptyBytes)} when empty`);
  const starts = await startBrokers(`/v1/routing/${TABLE}`);
  show('broker start', `${starts} from the command until it routes; without segments ${empty}`);
  await measureUpdates(controller, servers[0]!, pages, segmentCount);
  for (const client of [controller, ...servers]) await client.close();
}

function connect(): Promise<CoordinatorClient> {
  return CoordinatorClient.connect({
    addresses: [coordinator!.address],
    sessionTimeoutMs: 10_000,
    network: nodeNetwork,
    clock: nodeClock,
    random: nodeRandom,
  });
}

/** Records as a controller writes them, on as many servers as there are replicas. */
function recordsOf(count: number): Map<string, SegmentRecord> {
  const names = Array.from({ length: count }, (_, index) => `${TABLE}_2026-11-26_${index}`);
  const placed = placeSegments(
    new Map(names.map((name) => [name, { servers: [], partition: null }])),
    { tag: 'metadata', servers: SERVERS },
    { own: new Map(), all: new Map() },
    REPLICATION,
  );
  const records = names.map((name, index): [string, SegmentRecord] => {
    const record = {
      rowCount: 1_048_576,
      lengthBytes: 48_123_456,
      createdAtMs: 1_790_000_000_000,
      crc: (index * 2_654_435_761) % 2 ** 32,
      file: `${TABLE}/${name}~${index.toString(16).padStart(16, '0')}.segment`,
      servers: placed.get(name)!,
      load: '0123456789ab',
      time: { column: 'at', min: 1_790_000_000_000 + index, max: 1_790_003_600_000 + index },
      ranges: rangesOf(index),
    };
    return [name, record];
  });
  return new Map(records);
}

/** Ranges of three columns: about as much as there is room for in a record. */
function rangesOf(index: number): ColumnRanges {
  const text = (name: string) => name.padEnd(RECORD_RANGE_TEXT_BYTES_MAX, String(index));
  return {
    user_name: [text('a'), text('z')],
    order_id: [`${index}00000`, `${index}99999`],
    amount: [0.01, 1_000.5 + index],
  };
}

function pagesOf(records: ReadonlyMap<string, SegmentRecord>): Map<string, SegmentPageNode> {
  const sizes = [...records].map(([id, record]) => [id, recordBytes(id, record)] as const);
  const pages = [...assignPages(new Map(), new Map(sizes))].map(([page, ids]) => {
    const segments = Object.fromEntries(ids.map((id) => [id, records.get(id)!]));
    return [page, { segments }] as const;
  });
  return new Map(pages);
}

/** @returns bytes of the largest node. */
async function writeTable(
  client: CoordinatorClient,
  pages: ReadonlyMap<string, SegmentPageNode>,
): Promise<number> {
  for (const path of CLUSTER_PARENTS) await client.ensurePath(path);
  const schema = { name: TABLE, columns: [{ name: 'at', type: 'TIMESTAMP' }] };
  const path = childPath(clusterPaths.tables, TABLE);
  const table = { schema, replication: REPLICATION, createdAtMs: 0 };
  await client.create(statePath(), encodeNode(statePath(), { version: 1, pending: {} }));
  const nodes = [...pages].map(([page, content]) => [pagePath(page), content] as const);
  const largest = await writeAll(nodes, (at, data) => client.create(at, data));
  await client.create(path, encodeNode(path, table));
  return largest;
}

/** Says what a server says that holds all that it should. @returns bytes of the largest node. */
async function serve(
  client: CoordinatorClient,
  server: string,
  pages: ReadonlyMap<string, SegmentPageNode>,
): Promise<number> {
  await client.ensurePath(childPath(clusterPaths.serving, TABLE));
  const live = childPath(clusterPaths.liveServers, server);
  const node = { id: server, host: '10.0.0.1', port: 8098, incarnation: server };
  await client.create(live, encodeNode(live, node), { ephemeral: true });
  const nodes = [...pages].map(([page, { segments }]) => {
    const own = Object.entries(segments).filter(([, { servers }]) => servers.includes(server));
    const crcs = Object.fromEntries(own.map(([id, { crc }]) => [id, crc]));
    return [servingPath(server, page), { segments: crcs, failed: {} }] as const;
  });
  return writeAll(nodes, (at, data) => client.create(at, data, { ephemeral: true }));
}

async function writeAll(
  nodes: readonly (readonly [string, object])[],
  write: (path: string, data: Uint8Array) => Promise<unknown>,
): Promise<number> {
  let largest = 0;
  for (let start = 0; start < nodes.length; start += WRITES_MAX) {
    const encoded = nodes
      .slice(start, start + WRITES_MAX)
      .map(([path, node]) => [path, encodeNode(path, node)] as const);
    await Promise.all(encoded.map(([path, data]) => write(path, data)));
    largest = Math.max(largest, ...encoded.map(([, data]) => data.length));
  }
  return largest;
}

/** The median time, and processor time, of some starts of a broker until a path of it answers 200. */
async function startBrokers(path: string): Promise<string> {
  const starts: Start[] = [];
  for (let round = 0; round < STARTS; round++) starts.push(await startBroker(path));
  const elapsedMs = median(starts.map((start) => start.elapsedMs));
  const processorMs = median(starts.map((start) => start.processorMs));
  return `${elapsedMs.toFixed(0)} ms (${processorMs.toFixed(0)} ms of a processor)`;
}

interface Start {
  readonly elapsedMs: number;
  readonly processorMs: number;
}

/** Starts a broker, which listens once its copy of the tree is whole, and ends it. */
async function startBroker(path: string): Promise<Start> {
  const [port = 0] = await freePorts(1);
  const { host, port: coordinatorPort } = coordinator!.address;
  const startMs = performance.now();
  const program = join(repositoryRoot(), 'bin', 'nyala.js');
  const args = ['broker', '--coord', `${host}:${coordinatorPort}`, '--port', `${port}`];
  const child = spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
  try {
    while (!(await answers(`http://${host}:${port}${path}`))) await sleep(5);
    const elapsedMs = performance.now() - startMs;
    return { elapsedMs, processorMs: await processorMs(child.pid!) };
  } finally {
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Processor time of a process so far, where the system says it in hundredths of seconds. */
async function processorMs(processId: number): Promise<number> {
  const text = await readFile(`/proc/${processId}/stat`, 'latin1');
  // The second field, in parentheses, may hold anything; user and system time are 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function measureUpdates(
  controller: CoordinatorClient,
  server: CoordinatorClient,
  pages: ReadonlyMap<string, SegmentPageNode>,
  segmentCount: number,
): Promise<void> {
  const client = await connect();
  const startMs = performance.now();
  const view = await followCluster(client, () => {}, console.error);
  const followedMs = performance.now() - startMs;
  if (view.routing(TABLE)?.size !== segmentCount) throw new Error('the view is not whole');
  show('broker view', `whole after ${followedMs.toFixed(0)} ms in a process that runs`);
  const write = (path: string, node: object) => controller.set(path, encodeNode(path, node));
  const names = [...pages.keys()];
  const pageTimes: number[] = [];
  const servingTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const page = names[(round * 37) % names.length]!;
    const { segments } = pages.get(page)!;
    const id = Object.keys(segments)[round % 100]!;
    const rest = Object.fromEntries(Object.entries(segments).filter(([name]) => name !== id));
    const isGone = () => view.routing(TABLE)?.has(id) === false;
    const isThere = () => view.routing(TABLE)?.has(id) === true;
    pageTimes.push(await timeUntil(() => write(pagePath(page), { segments: rest }), isGone));
    pageTimes.push(await timeUntil(() => write(pagePath(page), { segments }), isThere));
    servingTimes.push(await timeServing(server, view, page, segments));
  }
  showTimes('page', pageTimes);
  showTimes('serving node', servingTimes);
  await view.close();
  await client.close();
}

/** The time until the view knows that a server does not serve a segment of a page any more. */
async function timeServing(
  client: CoordinatorClient,
  view: Awaited<ReturnType<typeof followCluster>>,
  page: string,
  segments: SegmentPageNode['segments'],
): Promise<number> {
  const server = SERVERS[0]!;
  const path = servingPath(server, page);
  const own = Object.entries(segments).filter(([, { servers }]) => servers.includes(server));
  const crcs = own.map(([id, { crc }]) => [id, crc] as const);
  const write = (entries: typeof crcs) =>
    client.set(path, encodeNode(path, { segments: Object.fromEntries(entries), failed: {} }));
  const [id] = crcs[0]!;
  const asks = () => view.routing(TABLE)?.get(id)?.includes(server);
  const elapsedMs = await timeUntil(
    () => write(crcs.slice(1)),
    () => asks() === false,
  );
  await timeUntil(
    () => write(crcs),
    () => asks() === true,
  );
  return elapsedMs;
}

/** Milliseconds from the beginning of a write until something is so. */
async function timeUntil(write: () => Promise<unknown>, isSo: () => boolean): Promise<number> {
  const startMs = performance.now();
  const written = write();
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  const elapsedMs = performance.now() - startMs;
  await written;
  return elapsedMs;
}

function statePath(): string {
  return childPath(clusterPaths.segments, TABLE);
}

function pagePath(page: string): string {
  return childPath(clusterPaths.segments, TABLE, page);
}

function servingPath(server: string, page: string): string {
  return childPath(clusterPaths.serving, TABLE, servingName(server, page));
}

function showTimes(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((left, right) => left - right);
  const late = sorted[Math.floor(sorted.length * 0.99)]!;
  show(
    what,
    `${median(times).toFixed(1)} ms from write to view, p99 ${late.toFixed(1)} ms, ` +
      `${times.length} writes`,
  );
}

function show(what: string, text: string): void {
  console.log(`${what.padEnd(16)}${text}`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MB`;
}
