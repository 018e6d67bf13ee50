import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type NyalaProcess, nyala, runNyala } from './process.ts';

const folder = temporaryFolder();
const offset = 10_000 + (process.pid % 12_000);
const BROKER = ['--broker', `http://127.0.0.1:${8099 + offset}`];
const CONTROLLER = ['--controller', `http://127.0.0.1:${9000 + offset}`];
const data = folder.path('data');
const START = ['start', '--data', data, '--port-offset', `${offset}`, '--memory', '512m'];

let running: NyalaProcess;

async function start(...more: string[]) {
  running = nyala([...START, ...more]);
  await running.prints('Stop with Ctrl-C.');
}

beforeAll(async () => {
  const rows = Array.from({ length: 1000 }, (_, n) => `${n},name ${n % 10}`);
  folder.write('people.csv', `id,name\n${rows.join('\n')}\n`);
  await start('--load', `people=${folder.path('people.csv')}`);
});
afterAll(() => {
  running.child.kill('SIGKILL');
});

describe('nyala start', () => {
  it('says where each door is, and asks a first query', () => {
    const output = running.output();
    for (const port of [8099, 9000, 8098, 2181, 8080])
      expect(output).toContain(`:${port + offset}`);
    expect(output).toContain('SELECT * FROM "people" LIMIT 5');
    expect(output).toContain('5 rows');
    expect(running.errors()).toContain('1,000 rows accepted, 0 rejected, 1,000 read');
  });

  it('measures each role', async () => {
    for (const [role, port] of [
      ['broker', 8099],
      ['controller', 9000],
      ['server', 8098],
    ] as const) {
      const response = await fetch(`http://127.0.0.1:${port + offset}/metrics`);
      expect(await response.text()).toContain(`nyala_${role}_http_requests_total`);
    }
  });

  it('answers nyala sql and nyala tables', async () => {
    const sql = 'SELECT name, COUNT(*) AS n FROM people GROUP BY name ORDER BY name LIMIT 2';
    expect(await runNyala(['sql', sql, '--format', 'csv', ...BROKER])).toEqual({
      code: 0,
      output: 'name,n\nname 0,100\nname 1,100\n',
      errors: '',
    });
    const tables = await runNyala(['tables', ...CONTROLLER]);
    expect(tables.output).toMatch(/people\s*│\s*1,000\s*│\s*1/);
  });

  it('takes more data from nyala load, and refuses all of a file with a wrong row', async () => {
    const good = folder.write('more.csv', 'id,name\n1000,more\n');
    const bad = folder.write('bad.csv', 'id,name\n1001,fine\nnot a number,bad\n');
    const loaded = await runNyala(['load', 'people', good, ...CONTROLLER]);
    expect(loaded).toMatchObject({ code: 0, errors: expect.stringContaining('1 row accepted') });
    const refused = await runNyala(['load', 'people', bad, ...CONTROLLER]);
    expect(refused.code).toBe(1);
    expect(refused.errors).toMatch(/^nyala: .*bad\.csv: line 3.*\n$/);
    const tolerated = await runNyala(['load', 'people', bad, '--max-errors', '1', ...CONTROLLER]);
    expect(tolerated.errors).toContain('1 row accepted, 1 rejected, 2 read');
    const { output } = await runNyala([
      'sql',
      'SELECT COUNT(*) FROM people',
      '--format',
      'csv',
      ...BROKER,
    ]);
    expect(output).toBe('count(*)\n1002\n');
  });

  it('reports a failed query on one line, with code 1', async () => {
    const failed = await runNyala(['sql', 'SELECT nam FROM people', ...BROKER]);
    expect(failed).toMatchObject({ code: 1, output: '' });
    expect(failed.errors).toMatch(/^nyala: .*nam.*did you mean name\?.*line 1, column 8\n$/);
  });

  it('refuses a port and a folder that another process uses', async () => {
    const again = await runNyala(START);
    expect(again.code).toBe(1);
    expect(again.errors).toMatch(/^nyala: [^\n]*in use[^\n]*\n$/);
    const elsewhere = ['start', '--data', data, '--port-offset', `${offset + 1000}`];
    const sameFolder = await runNyala(elsewhere);
    expect(sameFolder.code).toBe(1);
    expect(sameFolder.errors.split('\n')).toHaveLength(2);
  });

  it('has its data after kill -9, at once', async () => {
    running.child.kill('SIGKILL');
    await running.ended;
    await start('--load', `people=${folder.path('people.csv')}`);
    expect(running.errors()).toContain('1,002 rows are loaded already');
    const { output } = await runNyala([
      'sql',
      'SELECT COUNT(*) FROM people',
      '--format',
      'csv',
      ...BROKER,
    ]);
    expect(output).toBe('count(*)\n1002\n');
  });

  it('ends well when it is told to', async () => {
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    expect(running.errors()).not.toMatch(/error|ECONN/i);
    await start();
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
  });

  it('runs without worker threads', async () => {
    await start('--threads', '0');
    const counted = await runNyala(['sql', 'SELECT COUNT(*) FROM people', ...BROKER]);
    expect(counted).toMatchObject({ code: 0, errors: '' });
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
  });

  it('says what is wrong with its data folder', async () => {
    const file = folder.write('file', 'x');
    const onFile = await runNyala([...START.with(2, file)]);
    expect(onFile.code).toBe(1);
    expect(onFile.errors).toMatch(/^nyala: [^\n]+\n$/);
    writeFileSync(`${data}/server.id`, '\0\0');
    const damaged = await runNyala(START);
    expect(damaged.code).toBe(1);
    expect(damaged.errors).toMatch(/^nyala: [^\n]*server\.id[^\n]*\n$/);
  });
});

describe('the command line', () => {
  it.each([
    [['sql', 'SELECT 1', '--broker', 'http://127.0.0.1:9'], 'no broker answers at'],
    [['load', 't', 'nowhere.csv'], 'there is no file nowhere.csv'],
    [['tables', '--controller', 'http://127.0.0.1:9'], 'nyala start'],
    [['sql', 'SELECT 1', '--broker', 'nonsense url'], 'expected --broker to be a URL'],
    [[...START, '--memory', '1m'], 'memory'],
    [['server', '--coord', '127.0.0.1:9', '--data', 'd', '--memory', '1k'], 'memory'],
  ])('%j fails with one line and code 1', async (args, message) => {
    const { code, output, errors } = await runNyala(args, folder.path('.'));
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(errors).toMatch(/^nyala: [^\n]+\n$/);
    expect(errors).toContain(message);
  });

  it('explains itself and its commands', async () => {
    for (const command of [
      '',
      'start',
      'coord',
      'controller',
      'server',
      'broker',
      'load',
      'sql',
      'tables',
    ]) {
      const { code, output } = await runNyala([...(command === '' ? [] : [command]), '--help']);
      expect(code).toBe(0);
      expect(output).toContain(`Usage: nyala ${command}`.trim());
    }
    const unknown = await runNyala(['strat']);
    expect(unknown.code).toBe(1);
    expect(unknown.errors).toContain('Did you mean start?');
  });

  it('does not take a port that another program has', async () => {
    const server = createServer().listen(8099 + offset + 2000, '127.0.0.1');
    const args = ['start', '--data', folder.path('other'), '--port-offset', `${offset + 2000}`];
    const { code, errors } = await runNyala(args);
    server.close();
    expect(code).toBe(1);
    expect(errors).toMatch(
      new RegExp(`^nyala: [^\\n]*127\\.0\\.0\\.1:${8099 + offset + 2000}[^\\n]*\\n$`),
    );
  });
});
