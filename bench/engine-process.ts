/**
 * One engine in a process of its own, which the benchmark forks: so that its memory can be told from
 * the others', and a crash ends only it. Its only argument is an `EngineProcessSetup` as JSON.
 */
import { existsSync, readFileSync } from 'node:fs';
import { ENGINES } from './engines/all.ts';
import type { Engine, PreparedQuery } from './engines/engine.ts';
import type { EngineProcessSetup, EngineReply, EngineRequest } from './host.ts';
import type { BenchQuery } from './suite.ts';
import { SUITES } from './suites/all.ts';
import { timedCall } from './timing.ts';

const setup: EngineProcessSetup = JSON.parse(process.argv[2] ?? '');
const kind = ENGINES.find(({ name }) => name === setup.engine)!;
const suite = SUITES.find(({ name }) => name === setup.suite)!;
const table = { suite, rowCount: setup.rowCount, parquetPath: setup.parquetPath };
const OPENING: BenchQuery = { name: 'opening', sql: suite.openingSql, ordered: 'total' };
const prepared = new Map<string, PreparedQuery | null>();
let engine: Engine | undefined;

process.on('message', async (request: EngineRequest) => {
  process.send!(await answer(request));
});
process.on('disconnect', () => process.exit());

async function answer({ id, method, query }: EngineRequest): Promise<EngineReply> {
  try {
    return { id, result: await METHODS[method](query ?? '') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { id, error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

const METHODS = {
  load: async () => {
    const startedMs = performance.now();
    await kind.load(table, setup);
    return { loadMs: performance.now() - startedMs, loadPeakBytes: peakBytes() };
  },
  open: async () => {
    await engine?.close();
    prepared.clear();
    const startedMs = performance.now();
    engine = await kind.open(table, setup);
    if (kind.hasFiles) await (await engine.prepare(OPENING))?.();
    return performance.now() - startedMs;
  },
  answer: async (name: string) => (await (await prepare(name))?.())?.rows() ?? null,
  time: async (name: string) => {
    const query = await prepare(name);
    return query === null ? null : (await timedCall(name, query)()).elapsedMs;
  },
  peak: async () => peakBytes(),
};

async function prepare(name: string): Promise<PreparedQuery | null> {
  let query = prepared.get(name);
  if (query === undefined) {
    query = await engine!.prepare(suite.queries.find((one) => one.name === name)!);
    prepared.set(name, query);
  }
  return query;
}

/** The greatest resident memory; that of getrusage would begin with the forking process's. */
function peakBytes(): number {
  const status = '/proc/self/status';
  if (!existsSync(status)) return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]) * 1024;
}
