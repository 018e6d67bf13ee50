import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, failure, readResponse } from '../../console/answer.ts';
import { cellText, isPlan, nameInSql, planText, timingLine } from '../../console/format.ts';
import { linkTo, statementOf } from '../../console/link.ts';
import { excerptAt, offsetOf, placeOf, splitPlace } from '../../console/place.ts';
import { SAMPLE_TABLE, SAMPLES } from '../../console/samples.ts';
import { asExplained, asWritten, writtenOffset } from '../../console/statement.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import type { ConsoleAssets } from '../../src/broker/console.ts';
import { brokerHandler } from '../../src/broker/http.ts';
import { QueryRunner } from '../../src/broker/query.ts';
import { reduce } from '../../src/exec/reduce.ts';
import type { FetchHandler, Listener } from '../../src/io/network.ts';
import { loadConsoleFile } from '../../src/io/node-assets.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';
import { readSources } from '../tidy/source.ts';

const flights: TableSchema = {
  name: SAMPLE_TABLE,
  columns: [
    { name: 'date', type: 'TIMESTAMP' },
    { name: 'delay', type: 'BIGINT' },
    { name: 'distance', type: 'BIGINT' },
    { name: 'origin', type: 'STRING' },
    { name: 'destination', type: 'STRING' },
  ],
};
const rows: Value[][] = [
  [0n, 2n ** 53n + 1n, 300n, 'SEA', '<img src=x>'],
  [1n, null, 500n, 'ORD', 'SEA'],
];

let table: MemoryTable;
let assets: ConsoleAssets;
let handler: FetchHandler;
let withoutConsole: FetchHandler;

beforeAll(async () => {
  table = await openMemoryTable(flights, rows);
  const view = {
    tableNames: () => ['zoo', SAMPLE_TABLE, 'dropped'],
    schema: (name: string) =>
      name === 'dropped' ? null : name === 'zoo' ? { name, columns: [] } : flights,
    routing: () => new Map([['s0', ['server']]]),
    segment: () => null,
    routingVersion: () => 0,
    indexes: () => [],
    servers: () => new Map(),
  };
  const onInternalError = (error: unknown) => {
    throw error;
  };
  const runner = new QueryRunner({
    brokerId: 'broker',
    view,
    clock: nodeClock,
    reduce: async (plan, partials) => reduce(plan, partials, table.engine.mainContext),
    evaluateConstant: () => null,
    leafService: () => table.engine,
    onInternalError,
  });
  assets = {
    page: await loadConsoleFile('index.html'),
    script: await loadConsoleFile('main.js'),
    style: await loadConsoleFile('style.css'),
    icon: await loadConsoleFile('icon.svg'),
  };
  handler = brokerHandler({ runner, view, onInternalError, consoleAssets: assets });
  withoutConsole = brokerHandler({ runner, view, onInternalError });
});
afterAll(() => table.close());

async function ask(sql: string) {
  const body = JSON.stringify({ sql });
  const response = await handler(new Request('http://broker/query/sql', { method: 'POST', body }));
  return readResponse(await response.text(), response.status);
}

describe('the console on a broker', () => {
  it.each([
    ['/', 'page', 'text/html; charset=utf-8'],
    ['/console/main.js', 'script', 'text/javascript; charset=utf-8'],
    ['/console/style.css', 'style', 'text/css; charset=utf-8'],
    ['/console/icon.svg', 'icon', 'image/svg+xml'],
  ] as const)(
    'serves %s as it was built, and lets it load nothing else',
    async (path, file, type) => {
      const response = await handler(new Request(`http://broker${path}`));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = response.headers.get('content-security-policy')?.split('; ') ?? [];
      expect(policy).toContain("default-src 'self'");
      expect(policy.join()).not.toMatch(/unsafe|data:|\*|https?:/);
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(assets[file]));
    },
  );

  it('has a page that names its own files only, each of which is served', async () => {
    const html = new TextDecoder().decode(assets.page);
    const links = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link]) => link!);
    expect(new Set(links)).toEqual(
      new Set(['console/icon.svg', 'console/style.css', 'console/main.js']),
    );
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    for (const link of links) {
      expect((await handler(new Request(new URL(link, 'http://broker/')))).status).toBe(200);
    }
  });

  it('writes data as text, never as markup', () => {
    const markup = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b/;
    const sources = readSources('console');
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter(({ code }) => markup.test(code)).map(({ path }) => path)).toEqual([]);
  });

  it.each(['/console', '/console/', '/console/index.html', '/console/nope.js', '/index.html'])(
    'has nothing at %s',
    async (path) => {
      expect((await handler(new Request(`http://broker${path}`))).status).toBe(404);
    },
  );

  it('is not there without its files', async () => {
    expect((await withoutConsole(new Request('http://broker/'))).status).toBe(404);
    expect((await withoutConsole(new Request('http://broker/console/main.js'))).status).toBe(404);
  });

  it('lists tables by name with their columns', async () => {
    const response = await handler(new Request('http://broker/v1/tables'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      tables: [flights, { name: 'zoo', columns: [] }],
    });
  });
});

describe('paths sent as they are over a socket', () => {
  let listener: Listener;
  beforeAll(async () => {
    listener = await nodeNetwork.serveHttp({ host: '127.0.0.1', port: 0 }, handler);
  });
  afterAll(() => listener.close());

  const statusOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      httpRequest({ ...listener.address, path, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

  it.each([
    ['/console/../package.json', 400],
    ['/console/../../../../../../etc/passwd', 400],
    ['/console/%2e%2e/package.json', 400],
    ['/console/../', 400],
    ['/console/..%2fpackage.json', 404],
    ['/console/..%2f..%2fetc%2fpasswd', 404],
    ['/console/..%5c..%5cpackage.json', 404],
    ['/console/main.js%00.html', 404],
    ['/console/%2e%2e%2fconsole/main.js', 404],
    ['//console/main.js', 404],
  ])('reach no file: %s', async (path, status) => {
    expect(await statusOf(path)).toBe(status);
  });

  it('reach the page by its own', async () => {
    expect(await statusOf('/')).toBe(200);
  });
});

describe('an answer in the console', () => {
  it('keeps all digits, NULL and text apart', async () => {
    const answer = (await ask(
      'SELECT delay, destination, 1.5 FROM flights ORDER BY date',
    )) as Answer;
    expect(answer.rows).toEqual([
      ['9007199254740993', '<img src=x>', '1.5'],
      [null, 'SEA', '1.5'],
    ]);
    expect(answer.columns.map(({ type }) => type)).toEqual(['LONG', 'STRING', 'DOUBLE']);
    expect(timingLine({ ...answer, timeUsedMs: 1234 })).toBe(
      '2 rows · 1,234 ms · 2 docs scanned of 2',
    );
  });

  it.each(SAMPLES)('has a sample that runs: $title', async ({ sql }) => {
    expect(await ask(sql)).toMatchObject({ kind: 'answer' });
  });

  it('is the plan as an indented tree after EXPLAIN', async () => {
    const plan = (await ask(
      asExplained('SELECT origin FROM flights WHERE delay > 1 ORDER BY origin').text,
    )) as Answer;
    expect(isPlan(plan)).toBe(true);
    expect(planText(plan.rows)).toMatch(/^\w.*\n( {2})+\w/);
    expect(planText(plan.rows)).toMatch(/\n {4,}Scan flights/);
    expect(timingLine(plan)).toMatch(/^\d operators · \d+ ms$/);
  });

  it('is the reason when it is no answer of a broker', () => {
    expect(readResponse('{"code":400,"error":"broker: no"}', 400)).toEqual(failure('broker: no'));
    for (const text of ['<html>', 'null', '[]', '{}']) {
      expect(readResponse(text, 502)).toMatchObject({ kind: 'failure', message: /./ });
    }
  });
});

describe('a failure in the console', () => {
  /** The marked word, as the page shows it. */
  async function marked(written: string, statement = asWritten(written)) {
    const outcome = await ask(statement.text);
    if (outcome.kind !== 'failure' || outcome.place === null) return outcome;
    const offset = writtenOffset(statement, offsetOf(statement.text, outcome.place));
    return { ...excerptAt(written, offset), ...placeOf(written, offset) };
  }

  it('marks the word in its line', async () => {
    const sql = 'SELECT origin\nFROM flights\nWHERE dely > 1\nLIMIT 5';
    const excerpt = { before: 'WHERE ', marked: 'dely', after: ' > 1', line: 3, column: 7 };
    expect(await marked(sql)).toEqual(excerpt);
    expect(await marked(sql, asExplained(sql))).toEqual(excerpt);
  });

  it('marks the same word when EXPLAIN was put in behind settings and comments', async () => {
    const sql = 'SET timeoutMs = 5000; -- \'why\'\nSELECT "dely" FROM flights';
    expect(asExplained(sql).text).toContain('\nEXPLAIN PLAN FOR SELECT "dely"');
    const place = { marked: '"dely"', line: 2, column: 8 };
    expect(await marked(sql, asExplained(sql))).toMatchObject(place);
    const wrongSetting = 'SET timeotMs = 1; SELECT 1';
    expect(await marked(wrongSetting, asExplained(wrongSetting))).toMatchObject({ column: 5 });
  });

  it('marks the end of the text, and of nothing', async () => {
    expect(await marked('SELECT 1 +')).toMatchObject({ before: 'SELECT 1 +', marked: '' });
    expect(await marked('')).toMatchObject({ before: '', marked: '', after: '', line: 1 });
    expect(await marked('', asExplained(''))).toMatchObject({ marked: '', line: 1, column: 1 });
  });

  it('leaves SQL alone that is explained already, or no SQL at all', () => {
    for (const sql of ['explain plan for SELECT 1', "SET a = 'open", 'SELECT #']) {
      expect(asExplained(sql)).toEqual(asWritten(sql));
    }
  });

  it('shows a long line around the word', () => {
    const { before, marked, after } = excerptAt(`${'a '.repeat(500)}b${' c'.repeat(500)}`, 1000);
    expect(marked).toBe('b');
    expect(before).toMatch(/^….{60}$/);
    expect(after).toMatch(/^.{60}…$/);
  });

  it('takes name and place out of the message', () => {
    expect(failure('SQLParsingError: parser: no at line 2, column 30')).toEqual({
      kind: 'failure',
      name: 'SQLParsingError',
      message: 'parser: no',
      place: { line: 2, column: 30 },
    });
    expect(splitPlace('at line 3, the end')).toEqual({ text: 'at line 3, the end', place: null });
    expect(offsetOf('one\ntwo', { line: 9, column: 1 })).toBe(7);
    expect(offsetOf('one\ntwo', { line: 2, column: 99 })).toBe(7);
  });
});

describe('text in the console', () => {
  it('quotes names only where SQL needs it', () => {
    expect(['origin', 'date', 'order', 'a b', 'q"x', '1st', 'größe'].map(nameInSql)).toEqual([
      'origin',
      'date',
      '"order"',
      '"a b"',
      '"q""x"',
      '"1st"',
      '"größe"',
    ]);
  });

  it('cuts cells that no page can show, and says so', () => {
    expect(cellText(true)).toBe('true');
    expect(cellText('x'.repeat(5000))).toMatch(/^x{1000}… \(5,000 characters\)$/);
  });

  it('has links that hold any statement, unless it is too long for one', () => {
    const sql = 'SELECT \'&=+%#\' AS "ü"\nFROM flights';
    const link = new URL(linkTo('/proxy/', sql), 'http://broker');
    expect([link.pathname, link.hash, statementOf(link.search)]).toEqual(['/proxy/', '', sql]);
    expect(linkTo('/', ' \n')).toBe('/');
    expect(linkTo('/', 'x'.repeat(10_000))).toBe('/');
    expect(statementOf('')).toBeNull();
  });
});
