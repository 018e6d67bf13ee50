import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type NyalaProcess, nyala, runNyala } from './process.ts';

const folder = temporaryFolder();
const offset = 10_500 + (process.pid % 12_000);
const controllerURI = `http://127.0.0.1:${9000 + offset}`;
const start = ['start', '--port-offset', `${offset}`, '--memory', '512m'];
let running: NyalaProcess;

beforeAll(async () => {
  running = nyala([...start, '--data', folder.path('data')]);
  mkdirSync(folder.path('in/deep'), { recursive: true });
  for (let file = 0; file < 5; file++) writePeople(file, `${file}`);
  folder.write('in/notes.txt', 'not for the table');
  await running.prints('Stop with Ctrl-C.');
});
afterAll(() => {
  running.child.kill('SIGKILL');
});

function writePeople(file: number, lastId: string): void {
  const path = file < 3 ? `in/people-${file}.csv` : `in/deep/people-${file}.csv`;
  const rows = Array.from({ length: 100 }, (_, row) => `${1000 * file + row},name ${row}`);
  folder.write(path, `id,name\n${rows.join('\n')}\n${lastId},last\n`);
}

/** A job's file; `changes` are keys with other values, or other keys. */
function job(table: string, changes: Record<string, unknown> = {}): string {
  const keys = {
    executionFrameworkSpec: { name: 'standalone' },
    jobType: 'SegmentCreationAndTarPush',
    inputDirURI: folder.path('in'),
    includeFileNamePattern: 'glob:**/*.csv',
    segmentCreationJobParallelism: 2,
    pushJobSpec: { pushAttempts: 1 },
    segmentRows: 40,
    tableSpec: { tableName: table },
    pinotClusterSpecs: [{ controllerURI }],
    ...changes,
  };
  return folder.write(`${table}.yaml`, stringify(keys));
}

async function countOf(table: string): Promise<string> {
  const broker = ['--broker', `http://127.0.0.1:${8099 + offset}`, '--format', 'csv'];
  return (await runNyala(['sql', `SELECT COUNT(*) AS n FROM ${table}`, ...broker])).output;
}

describe('nyala ingest', () => {
  it('loads all files that the patterns name, and the same job again does nothing', async () => {
    const loaded = await runNyala(['ingest', job('people')]);
    expect(loaded).toMatchObject({ code: 0, errors: expect.stringContaining('5 files loaded') });
    expect(await countOf('people')).toBe('n\n505\n');
    const again = await runNyala(['ingest', job('people')]);
    expect(again.errors).toContain('5 of 5 files are loaded already');
    expect(again.errors).toContain('0 files loaded');
    expect(await countOf('people')).toBe('n\n505\n');
  }, 60_000);

  it('says which file is wrong, and loads it when it is mended', async () => {
    writePeople(1, 'wrong');
    const failed = await runNyala(['ingest', job('crowd')]);
    expect(failed.code).toBe(1);
    expect(failed.errors).toMatch(/people-1\.csv: .*line 102/);
    expect(failed.errors).toContain('1 file of 5 could not be loaded');
    expect(await countOf('crowd')).toBe('n\n404\n');
    writePeople(1, '1');
    const mended = await runNyala(['ingest', job('crowd')]);
    expect(mended.errors).toContain('4 of 5 files are loaded already');
    expect(await countOf('crowd')).toBe('n\n505\n');
  }, 60_000);

  it.each([
    [{ excludeFileNamePatern: 'x' }, 'did you mean excludeFileNamePattern?'],
    [{ excludeFileNamePattern: '**' }, 'begins with glob: or regex:'],
    [{ jobType: 'SegmentCreation' }, 'jobType: Invalid option'],
    [{ includeFileNamePattern: 'glob:*.parquet' }, 'no file in'],
    [{ inputDirURI: 's3://bucket/in' }, 's3: URIs'],
    [{ inputDirURI: '/nowhere' }, 'there is no folder /nowhere'],
  ])('refuses a job with %j', async (changes, message) => {
    expect(await runNyala(['ingest', job('nobody', changes)])).toMatchObject({
      code: 1,
      errors: expect.stringContaining(message),
    });
  });
});
