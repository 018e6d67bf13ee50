import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareAnswers, type Rows } from '../../bench/compare-answers.ts';
import { freePorts } from '../../bench/coordinator/free-ports.ts';
import { DEMO_QUERIES, DEMO_TABLE_FILE, demoParquetPath } from '../../bench/suites/flights.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { loadDuckDb } from '../support/loaded-duckdb.ts';
import { requirePeer } from '../support/peers.ts';
import { pinotRows } from '../support/pinot-rows.ts';
import { type NyalaProcess, nyala, runNyala } from './process.ts';

const SERVER_COUNT = 3;
const folder = temporaryFolder();
const duckDb = await loadDuckDb(DEMO_TABLE_FILE);
const isMissing = 'missing' in duckDb;
const describeDuckDb = requirePeer('DuckDB', !isMissing, isMissing ? duckDb.missing : '');

const [coordinatorPort, httpPort, controllerPort, brokerPort, ...serverPorts] = await freePorts(
  4 + SERVER_COUNT,
);
const COORD = ['--coord', `127.0.0.1:${coordinatorPort}/cluster`];
const processes: NyalaProcess[] = [];

async function startRole(...args: string[]): Promise<NyalaProcess> {
  const role = nyala(args);
  processes.push(role);
  await role.prints('listens on');
  return role;
}

function startServer(index: number): Promise<NyalaProcess> {
  const data = folder.path(`server-${index}`);
  const port = `${serverPorts[index]}`;
  const resources = ['--memory', '512m', '--threads', '1'];
  return startRole('server', ...COORD, '--data', data, '--port', port, ...resources);
}

async function ask(sql: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${brokerPort}/query/sql`, {
    method: 'POST',
    body: JSON.stringify({ sql }),
  });
  return (await response.json()) as Record<string, unknown>;
}

describeDuckDb(
  `a coordinator, a controller, ${SERVER_COUNT} servers and a broker, each a process`,
  () => {
    const servers: NyalaProcess[] = [];

    beforeAll(async () => {
      const coordinator = ['--data', folder.path('coord'), '--port', `${coordinatorPort}`];
      await startRole('coord', ...coordinator, '--http-port', `${httpPort}`);
      const data = ['--data', folder.path('controller'), '--port', `${controllerPort}`];
      await startRole('controller', ...COORD, ...data);
      for (let index = 0; index < SERVER_COUNT; index++) servers.push(await startServer(index));
      await startRole('broker', ...COORD, '--port', `${brokerPort}`);
      const controller = ['--controller', `http://127.0.0.1:${controllerPort}`];
      const loaded = await runNyala(['load', 'flights', demoParquetPath(), ...controller]);
      expect(loaded).toMatchObject({ code: 0 });
      expect(loaded.errors).toContain('3,000,000 rows accepted, 0 rejected, 3,000,000 read');
    }, 120_000);

    afterAll(async () => {
      for (const { child } of processes) child.kill('SIGKILL');
      if (!isMissing) await duckDb.close();
    });

    it.each(DEMO_QUERIES)('$name: as DuckDB answers it', async (query) => {
      if (isMissing) throw new Error(duckDb.missing);
      const response = await ask(query.sql);
      const theirs: Rows = await duckDb.sql(query.duckdbSql ?? query.sql);
      expect(compareAnswers(pinotRows(response), theirs, query)).toBeNull();
      expect(response).toMatchObject({
        numServersQueried: SERVER_COUNT,
        numServersResponded: SERVER_COUNT,
        totalDocs: 3_000_000,
      });
    });

    it('says so while a server is dead, and answers again when it is back', async () => {
      const sql = 'SELECT COUNT(*) FROM flights';
      servers[0]!.child.kill('SIGKILL');
      await servers[0]!.ended;
      const failed = await ask(sql);
      expect(failed).not.toHaveProperty('resultTable');
      expect([305, 427]).toContain((failed.exceptions as [{ errorCode: number }])[0].errorCode);
      await startServer(0);
      await expect
        .poll(() => ask(sql), { timeout: 20_000, interval: 100 })
        .toMatchObject({ resultTable: { rows: [[3_000_000]] } });
    });
  },
);
