import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, assert, beforeAll, describe, expect, it, vi } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { TaskCells } from '../../src/exec/task-cells.ts';
import type { FlatVector } from '../../src/exec/vector.ts';
import type { SpillDisk } from '../../src/io/disk.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeSpillDisk, removeStaleSpill } from '../../src/io/node-spill.ts';
import type { WorkerHandle } from '../../src/io/tasks.ts';
import { DEFAULT_QUERY_LIMITS } from '../../src/sql/query-limits.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { createOracleTable, openOracle, oracleRows } from '../support/duckdb.ts';
import {
  exactRows,
  MemoryDatabase,
  type MemoryTable,
  openMemoryTable,
  workerTasks,
} from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`spilling: SEED=${seed}\n`);

const SCHEMA: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'BIGINT' },
    { name: 'wide', type: 'BIGINT' },
    { name: 'narrow', type: 'INT' },
    { name: 'word', type: 'STRING' },
    { name: 'number', type: 'DOUBLE' },
    { name: 'price', type: 'DECIMAL(12,2)' },
    { name: 'huge', type: 'DECIMAL(30,0)' },
    { name: 'day', type: 'DATE' },
    { name: 'flag', type: 'BOOLEAN' },
  ],
};
const ROWS = 20_000;
const BATCH_ROWS = 1024;
const QUERIES = Number(process.env.NYALA_SPILL_QUERIES ?? 12);

function randomRow(prng: Prng, row: number): Value[] {
  const nullable = (value: Value): Value => (prng.integer(0, 12) === 0 ? null : value);
  const any64 = (): bigint =>
    BigInt.asIntN(64, (BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32()));
  return [
    BigInt(row),
    nullable(prng.integer(0, 3) === 0 ? BigInt(prng.integer(0, 5_000)) : any64()),
    nullable(prng.integer(-20_000, 20_000)),
    nullable(`word ${prng.integer(0, 30_000)}`),
    nullable(prng.pick([Number.NaN, 0, -0, prng.float(), prng.float(), prng.float() * 1e6])),
    nullable(BigInt(prng.integer(-5_000, 5_000))),
    nullable(any64() * (prng.integer(0, 2) === 0 ? 1n : 1_000_000_007n)),
    nullable(prng.integer(10_000, 20_000)),
    nullable(prng.integer(0, 2) === 1),
  ];
}

const KEYS = [
  'wide',
  'word',
  'number',
  'price, narrow',
  'huge',
  'narrow, day',
  'word, flag, narrow',
  'UPPER(word), narrow % 100',
  'flag, wide, price, day',
  'flag',
];
const AGGREGATES = [
  'COUNT(*)',
  'COUNT(narrow), SUM(narrow), AVG(number)',
  'MIN(word), MAX(word), MIN(number), MAX(day)',
  'SUM(price), MIN(huge), SUM(huge % 1000)',
  'COUNT(DISTINCT word), COUNT(DISTINCT wide), SUM(DISTINCT narrow)',
  'MEDIAN(number), STDDEV_SAMP(narrow)',
  'QUANTILE_DISC(number, 0.3), QUANTILE_CONT(narrow, 0.5), QUANTILE_DISC(day, 0.5)',
  'QUANTILE_DISC(narrow % 30, 0.4), COVAR_POP(narrow, id)',
  'COUNT(DISTINCT flag) FILTER (WHERE narrow > 0), MIN_BY(word, id), MAX_BY(price, id)',
];

/** A query, what its answer may look like, and whether few rows come out of it. */
interface Case {
  readonly sql: string;
  readonly ordered: 'none' | 'total';
}

function randomCase(prng: Prng): Case {
  const keys = prng.pick(KEYS);
  const numbers = keys.split(/, (?!\d|')/).map((_, index) => index + 1);
  const aggregates = prng.pick(AGGREGATES);
  const where = prng.pick(['', '', 'WHERE narrow > -15000', 'WHERE flag']);
  switch (prng.integer(0, 8)) {
    case 0:
      return { sql: `SELECT DISTINCT ${keys} FROM t ${where}`, ordered: 'none' };
    case 1: {
      const columns = prng.pick(['*', 'word, id, number', 'id, huge, price, day, flag']);
      const order = prng.pick([
        'word',
        'wide DESC NULLS FIRST',
        'number DESC',
        'huge',
        'day, word',
      ]);
      const limit = prng.pick(['', '', 'LIMIT 15000', 'LIMIT 12000 OFFSET 700']);
      const sql = `SELECT ${columns} FROM t ${where} ORDER BY ${order}, id ${limit}`;
      return { sql, ordered: 'total' };
    }
    case 2:
      return { sql: `SELECT word, id, wide FROM t ${where}`, ordered: 'none' };
    case 3: {
      const having = `HAVING COUNT(*) > 1 OR MIN(id) < 15000`;
      const order = `ORDER BY COUNT(*) DESC, MIN(id) LIMIT 200`;
      const groups = `GROUP BY ${numbers} ${having}`;
      return {
        sql: `SELECT ${keys}, ${aggregates}, MIN(id) FROM t ${where} ${groups} ${order}`,
        ordered: 'total',
      };
    }
    default: {
      const sql = `SELECT ${keys}, ${aggregates} FROM t ${where} GROUP BY ${numbers}`;
      return { sql, ordered: 'none' };
    }
  }
}

const folder = temporaryFolder();
const spill = { disk: nodeSpillDisk, folder: folder.path('spill') };
const TINY = 'SET maxQueryMemoryBytes = 300000; ';

/** Temporary files of this process, which have no name. */
function openSpillFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((file) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${file}`);
      return path.startsWith(spill.folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

describe.each([0, 1, 2])('a query that passes its memory on %i threads', (threads) => {
  const prng = new Prng(seed + threads);
  let database: MemoryDatabase;
  let oracle: DuckDBConnection;

  beforeAll(async () => {
    const rows = Array.from({ length: ROWS }, (_, row) => randomRow(prng, row));
    const options = { threads, spill, batchRows: BATCH_ROWS, memoryBytes: 2 ** 30 };
    database = await MemoryDatabase.open({ ...options, spanningGroupsMin: 1000 });
    database.addTable(SCHEMA, rows, { segmentRows: 4_500 });
    oracle = await openOracle();
    await createOracleTable(oracle, SCHEMA, rows);
  });
  afterAll(async () => {
    await database.close();
    expect(readdirSync(spill.folder)).toEqual([]);
    expect(openSpillFiles()).toEqual([]);
  });

  it('gives the answer that it gives with much memory, which is that of DuckDB', async () => {
    let spilled = 0;
    for (let number = 0; number < QUERIES; number++) {
      const { sql, ordered } = randomCase(prng);
      const expected = await oracleRows(oracle, sql);
      const limit = / (LIMIT|ORDER)/.test(sql) ? '' : ' LIMIT 1000000';
      const whole = await database.run(sql + limit);
      const tiny = await database.run(TINY + sql + limit);
      expect(compareAnswers(exactRows(tiny.answer), expected, { ordered }), sql).toBeNull();
      expect(compareAnswers(whole.rows, tiny.rows, { ordered }), sql).toBeNull();
      expect(whole.stats.spilledBytes).toBe(0);
      if (tiny.stats.spilledBytes > 0) spilled++;
    }
    expect(spilled).toBeGreaterThan(QUERIES / 4);
  }, 600_000);

  it.each([
    'SELECT COUNT(DISTINCT wide), COUNT(DISTINCT word), SUM(narrow), COUNT(*) FROM t',
    'SELECT flag, COUNT(DISTINCT id), COUNT(DISTINCT huge), MAX(word) FROM t GROUP BY flag',
    'SELECT MEDIAN(number), QUANTILE_DISC(id, 0.25) FROM t',
    // What is long beside the values would be written once for each part of each part.
    'SELECT COUNT(DISTINCT wide), MEDIAN(number), QUANTILE_DISC(id, 0.9) FROM t',
  ])('finds the values of few groups: %s', async (sql) => {
    const limits = 'SET maxQueryMemoryBytes = 150000; ';
    const { answer, stats } = await database.run(limits + sql);
    const expected = await oracleRows(oracle, sql);
    expect(compareAnswers(exactRows(answer), expected, { ordered: 'none' })).toBeNull();
    expect(stats.spilledBytes).toBeGreaterThan(100_000);
  });

  it('leaves nothing open behind it, whether it ends well or not', async () => {
    const sql = 'SELECT word, wide, COUNT(*) FROM t GROUP BY 1, 2 LIMIT 1000000';
    await database.run(TINY + sql);
    await vi.waitUntil(() => openSpillFiles().length === 0);
    const abort = new AbortController();
    const limits = { ...DEFAULT_QUERY_LIMITS, memoryBytesMax: 100_000 };
    const running = database.execute(sql, { limits, signal: abort.signal });
    if (threads > 0) {
      await vi.waitUntil(() => openSpillFiles().length > 0, { interval: 1 });
      abort.abort();
      await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    } else (await running).release();
    await vi.waitUntil(() => openSpillFiles().length === 0);
  });

  it('may put no more on the disk than it is allowed to', async () => {
    const sql = 'SELECT word, wide, COUNT(*) FROM t GROUP BY 1, 2 LIMIT 1000000';
    const run = database.run(`SET maxQuerySpillBytes = 100000; ${TINY}${sql}`);
    await expect(run).rejects.toMatchObject({
      code: 'SPILL_LIMIT',
      message: expect.stringContaining('SET maxQuerySpillBytes'),
    });
    await vi.waitUntil(() => openSpillFiles().length === 0);
    expect((await database.run(TINY + sql)).rows.length).toBeGreaterThan(15_000);
  });

  it('may hand on no more rows than it is allowed to', async () => {
    const run = database.run(
      `SET maxServerResponseSizeBytes = 500000; ${TINY} SELECT id, word FROM t ORDER BY 2, 1`,
    );
    await expect(run).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
      message: expect.stringContaining('SET maxServerResponseSizeBytes'),
    });
  });

  it('says how much it has spilled', async () => {
    const sql = 'SELECT word, wide, COUNT(*) FROM t GROUP BY 1, 2 LIMIT 1000000';
    const limits = { ...DEFAULT_QUERY_LIMITS, memoryBytesMax: 300_000 };
    const { profile, stats, release } = await database.execute(sql, { limits, isProfiled: true });
    release();
    const { operator, merge } = profile!;
    expect(operator.spilledRuns).toBeGreaterThan(1);
    expect(operator.spilledBytes).toBeGreaterThan(300_000);
    expect(operator.spilledBytes + merge.spilledBytes).toBe(stats.spilledBytes);
  });
});

describe('a disk', () => {
  const rows = Array.from({ length: 20_000 }, (_, row) => [
    BigInt(row),
    `a text of some length ${row}`,
  ]);
  const schema: TableSchema = {
    name: 't',
    columns: [
      { name: 'id', type: 'BIGINT' },
      { name: 'text', type: 'STRING' },
    ],
  };
  const STATEMENTS = [
    'SELECT text, id, COUNT(*) FROM t GROUP BY 1, 2 ORDER BY 2 LIMIT 15000',
    'SELECT text, id FROM t ORDER BY 1',
  ];
  let fault: Partial<SpillDisk> = {};
  const faulty: SpillDisk = {
    create: (path) => (fault.create ?? nodeSpillDisk.create)(path),
    write: (...args) => (fault.write ?? nodeSpillDisk.write)(...args),
    read: (...args) => (fault.read ?? nodeSpillDisk.read)(...args),
    close: (file) => nodeSpillDisk.close(file),
  };
  let table: MemoryTable;
  beforeAll(async () => {
    const area = { disk: faulty, folder: spill.folder };
    const options = { spill: area, batchRows: 1024, spanningGroupsMin: 1000 };
    table = await openMemoryTable(schema, rows, options);
  });
  afterAll(() => table.close());

  function noSpace(): never {
    throw new EngineError('IO', 'disk: no space is left');
  }
  let calls = 0;
  const FAULTS: [string, Partial<SpillDisk>, string][] = [
    ['that has no folder', { create: noSpace }, 'IO'],
    [
      'that is full',
      { write: (...args) => (++calls < 2 ? nodeSpillDisk.write(...args) : noSpace()) },
      'IO',
    ],
    [
      'that does not read',
      { read: (...args) => (++calls < 2 ? nodeSpillDisk.read(...args) : noSpace()) },
      'IO',
    ],
    [
      'that has lost the end of a file',
      { read: (file, into, position) => nodeSpillDisk.read(file, into.subarray(8), position) },
      'CORRUPT_DATA',
    ],
    [
      'that has changed a byte',
      {
        read: (file, into, position) => {
          const read = nodeSpillDisk.read(file, into, position);
          into[into.length >>> 1]! ^= 4;
          return read;
        },
      },
      'CORRUPT_DATA',
    ],
  ];
  it.each(FAULTS)('%s ends the query with an error, and nothing else', async (_, own, code) => {
    for (const sql of STATEMENTS) {
      [fault, calls] = [own, 0];
      const run = table.run(TINY + sql).then(() => 'an answer');
      await expect(run).rejects.toMatchObject({ code });
      expect(openSpillFiles()).toEqual([]);
      fault = {};
      expect((await table.run(TINY + sql)).rows).toEqual((await table.run(sql)).rows);
    }
  });

  it.runIf(process.platform === 'linux')('that is full is said to be full', () => {
    const file = openSync('/dev/full', 'w');
    try {
      expect(() => nodeSpillDisk.write(file, new Uint8Array(9), 0)).toThrow(/no space is left/);
    } finally {
      closeSync(file);
    }
  });

  it('holds nothing of earlier processes after a start', async () => {
    folder.write('old.spill', 'x');
    await removeStaleSpill(nodeDisk, folder.path(''));
    expect(readdirSync(folder.path(''))).toEqual([]);
  });
});

it.each([
  'SELECT text, id, COUNT(*), COUNT(DISTINCT id) FROM t GROUP BY 1, 2 ORDER BY 2 LIMIT 10',
  'SELECT text, id FROM t ORDER BY 1',
])('%s keeps to its memory, but for a batch', async (sql) => {
  const rows = Array.from({ length: 50_000 }, (_, row) => [BigInt(row), `text ${row * 7}`]);
  const columns = [
    { name: 'id', type: 'BIGINT' },
    { name: 'text', type: 'STRING' },
  ] as const;
  const options = { spill, batchRows: 1024, spanningGroupsMin: 1000 };
  const table = await openMemoryTable({ name: 't', columns }, rows, options);
  let most = 0;
  const add = TaskCells.prototype.addKibibytes;
  const spy = vi.spyOn(TaskCells.prototype, 'addKibibytes').mockImplementation(function (
    this: TaskCells,
    change,
  ) {
    const sum = add.call(this, change);
    most = Math.max(most, sum);
    return sum;
  });
  try {
    await table.run(`SET maxQueryMemoryBytes = 2000000; ${sql}`);
    expect(most * 1024).toBeGreaterThan(300_000);
    expect(most * 1024).toBeLessThan(2_000_000);
  } finally {
    spy.mockRestore();
    await table.close();
  }
});

it('parts of groups that are too large are split again', async () => {
  const rows = Array.from({ length: 100_000 }, (_, row) => [BigInt(row) ** 3n, row % 977]);
  const columns = [
    { name: 'id', type: 'BIGINT' },
    { name: 'small', type: 'INT' },
  ] as const;
  const options = { spill, batchRows: 4096, spanningGroupsMin: 1000 };
  const table = await openMemoryTable({ name: 't', columns }, rows, options);
  const limits = { ...DEFAULT_QUERY_LIMITS, memoryBytesMax: 1_500_000 };
  const finish = { having: null, outputs: [], order: [], limit: null };
  const sql = 'SELECT id, SUM(small), COUNT(DISTINCT small) FROM t GROUP BY id';
  const measured = { limits, finish, isProfiled: true };
  const { partial, profile, release } = await table.execute(sql, measured);
  expect(profile!.operator.spilledBytes).toBeGreaterThan(3_000_000);
  expect(profile!.merge.spilledBytes).toBeGreaterThan(1_000_000);
  assert(partial.kind === 'select');
  const ids = (partial.columns[0] as FlatVector).data as BigInt64Array;
  expect(new Set(ids).size).toBe(100_000);
  expect(partial.rowCount).toBe(100_000);
  release();
  await table.close();
});

it('a thread that dies takes what it has spilled with it', async () => {
  const workers: WorkerHandle[] = [];
  const spawnWorker = (): WorkerHandle => {
    const worker = workerTasks.spawnWorker();
    workers.push(worker);
    return worker;
  };
  const rows = Array.from({ length: 200_000 }, (_, row) => [BigInt(row) ** 3n]);
  const schema: TableSchema = { name: 't', columns: [{ name: 'id', type: 'BIGINT' }] };
  const tasks = { ...workerTasks, spawnWorker };
  const table = await openMemoryTable(schema, rows, { spill, threads: 2, tasks, batchRows: 64 });
  const run = table.run(`${TINY}SELECT id, COUNT(*) FROM t GROUP BY id LIMIT 1000000`);
  const ended = expect(run).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  await vi.waitUntil(() => openSpillFiles().length > 0, { interval: 1, timeout: 20_000 });
  await workers[0]!.terminate();
  await ended;
  await table.close();
  expect(openSpillFiles()).toEqual([]);
});

it('a query that passes its memory where there is no disk ends, and says so', async () => {
  const rows = Array.from({ length: 50_000 }, (_, row) => [BigInt(row)]);
  const schema: TableSchema = { name: 't', columns: [{ name: 'id', type: 'BIGINT' }] };
  const table = await openMemoryTable(schema, rows);
  const run = table.run('SET maxQueryMemoryBytes = 300000; SELECT id FROM t ORDER BY id');
  await expect(run).rejects.toMatchObject({
    code: 'MEMORY_LIMIT',
    message: expect.stringContaining('nothing of it can be spilled'),
  });
  await table.close();
});
