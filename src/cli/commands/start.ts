import { resolve } from 'node:path';
import { SEGMENT_ROWS_DEFAULT } from '../../base/limits.ts';
import { type AllInOne, startAllInOne } from '../all-in-one.ts';
import { answerText } from '../answer-text.ts';
import { askHandler } from '../ask.ts';
import { ControllerClient } from '../controller-client.ts';
import { DEMO_TABLE, demoFile, demoQuery } from '../demo.ts';
import { checkExposure } from '../exposure.ts';
import { loadTable } from '../load-table.ts';
import type { LogOptions } from '../observers.ts';
import type { TableFile } from '../settings.ts';
import { askSql } from '../sql-client.ts';
import { countText, durationText, note, print, untilStopped } from '../terminal.ts';

/** The options of `nyala start`. */
export interface StartOptions {
  readonly data: string;
  readonly demo: boolean;
  readonly load: readonly TableFile[];
  readonly portOffset: number;
  readonly host: string;
  readonly allowRemote: boolean;
  readonly memory: number;
  readonly threads: number | null;
  readonly logLevel: LogOptions['level'];
  readonly logFormat: LogOptions['format'];
}

/** `nyala start`: everything in this process, until it is told to stop. */
export async function start(options: StartOptions): Promise<void> {
  checkExposure(options.host, options.allowRemote);
  const cluster = await startAllInOne({
    dataDirectory: options.data,
    host: options.host,
    portOffset: options.portOffset,
    memoryBytes: options.memory,
    threadCount: options.threads,
    log: { level: options.logLevel, format: options.logFormat },
  });
  try {
    const controller = new ControllerClient(askHandler(cluster.controller.handler));
    const files = options.demo
      ? [...options.load, { table: DEMO_TABLE, file: demoFile() }]
      : options.load;
    await loadMissing(controller, files);
    showDoors(cluster, options.data);
    await showSample(cluster, controller);
    await untilStopped('Stop with Ctrl-C.');
  } finally {
    await cluster.close();
  }
}

/** Loads tables that are not there yet, so that the same command can be given again. */
async function loadMissing(
  controller: ControllerClient,
  files: readonly TableFile[],
): Promise<void> {
  for (const table of new Set(files.map((file) => file.table))) {
    const existing = await controller.table(table);
    if (existing !== null && existing.numSegments > 0) {
      note(`${table}: ${countText(existing.numRows)} rows are loaded already`);
      continue;
    }
    const paths = files.filter((file) => file.table === table).map(({ file }) => file);
    await loadTable(controller, {
      ...{ table, files: paths, schemaFile: null, maxErrors: 0 },
      segmentRows: SEGMENT_ROWS_DEFAULT,
    });
  }
}

function showDoors({ coordinator, controller, server, broker }: AllInOne, data: string): void {
  const url = ({ host, port }: { host: string; port: number }) =>
    `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { httpAddress } = coordinator;
  print(`Nyala is ready after ${durationText(performance.now())}, data in ${resolve(data)}`);
  print();
  print(`  console      ${url(broker.address)}/`);
  print(`  broker       ${url(broker.address)}/query/sql`);
  print(`  controller   ${url(controller.address)}/tables`);
  print(`  server       ${url(server.address)}/health`);
  const zookeeper = `${coordinator.address.host}:${coordinator.address.port} (ZooKeeper)`;
  print(`  coordinator  ${zookeeper}${httpAddress === null ? '' : `, ${url(httpAddress)}`}`);
  print();
}

async function showSample({ broker }: AllInOne, controller: ControllerClient): Promise<void> {
  const tables = await controller.tables();
  const table = tables.find(({ tableName }) => tableName === DEMO_TABLE) ?? tables[0];
  if (table === undefined) {
    print('There is no table yet. Load a file:  nyala load TABLE FILE');
    return;
  }
  const sql =
    table.tableName === DEMO_TABLE ? demoQuery : `SELECT * FROM "${table.tableName}" LIMIT 5`;
  print(`nyala sql '${sql}'`);
  const answer = await askSql(askHandler(broker.handler), sql);
  process.stdout.write(answerText(answer, 'table'));
}
