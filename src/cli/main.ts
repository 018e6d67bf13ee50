import { Command, Option } from 'commander';
import { SEGMENT_ROWS_DEFAULT } from '../base/limits.ts';
import { DISK_CACHE_BYTES_DEFAULT } from '../base/store-limits.ts';
import { ADAPTIVE_SELECTORS } from '../broker/server-load.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../io/log.ts';
import { defaultMemoryBytes } from '../io/node-machine.ts';
import { ANSWER_FORMATS } from './answer-format.ts';
import { addCoordinator } from './commands/coord-command.ts';
import { DEFAULT_PORTS } from './ports.ts';
import {
  coordinatorArgument,
  countArgument,
  loadArgument,
  memoryArgument,
  packageVersion,
  quotaArgument,
  rateArgument,
} from './settings.ts';
import { fail } from './terminal.ts';

/** A reader that went away (`nyala sql … | head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program().parseAsync();
} catch (error) {
  fail(error);
}

/** The command line. What a command does is imported when it is given, so that starting is quick. */
function program(): Command {
  const root = new Command('nyala')
    .description('SQL analytics: columns, WebAssembly kernels, and the interfaces of Apache Pinot')
    .version(packageVersion())
    .enablePositionalOptions()
    .showHelpAfterError('(nyala --help lists commands and options)');
  addStart(root);
  addCoordinator(root);
  addRoles(root);
  addTopology(root);
  addClients(root);
  return root;
}

function addStart(root: Command): void {
  addLog(addResources(root.command('start')), 'warn')
    .description('run everything in one process, with data in one folder')
    .option('--data <dir>', 'data folder', './data')
    .option('--demo', 'load a table of 3,000,000 flights, and ask it something', false)
    .option(
      '--load <table=file>',
      'load a file into a table (may be given again)',
      loadArgument,
      [],
    )
    .option('--port-offset <n>', 'add n to every port', countArgument(-65_535), 0)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--allow-remote', 'listen where other machines reach, without authentication', false)
    .action(async (options) => {
      const { start } = await import('./commands/start.ts');
      await start(options);
    });
}

function addRoles(root: Command): void {
  addPlace(root.command('controller'), DEFAULT_PORTS.controller)
    .description('run a controller: tables, and which server holds what')
    .option('--data <dir>', 'data folder; the deep store of a new cluster without --deep-store')
    .option('--deep-store <place>', 'a folder, or s3://bucket/prefix with credentials in AWS_…')
    .option('--s3-endpoint <url>', "who has the bucket (default: Amazon's of the region)")
    .addOption(new Option('--s3-region <name>', 'region of the bucket').env('AWS_REGION'))
    .option('--replication <n>', 'servers that hold each segment', countArgument(1), 1)
    .action(async (_, command) => (await import('./commands/roles.ts')).controller(command));
  addResources(addPlace(root.command('server'), DEFAULT_PORTS.server))
    .description('run a server: holds segments and runs queries on them')
    .option('--data <dir>', 'data folder')
    .option(
      '--disk-cache <bytes>',
      'disk space for segments of a bucket, such as 50g',
      memoryArgument,
      DISK_CACHE_BYTES_DEFAULT,
    )
    .action(async (_, command) => (await import('./commands/roles.ts')).server(command));
  addQuerySettings(addPlace(root.command('broker'), DEFAULT_PORTS.broker))
    .description('run a broker: SQL over HTTP, as Apache Pinot brokers speak it')
    .action(async (_, command) => (await import('./commands/roles.ts')).broker(command));
}

function addTopology(root: Command): void {
  root
    .command('config')
    .description('print a configuration with all defaults, as YAML')
    .argument('[file]', 'configuration file; all is as by default without one')
    .action(async (file) => (await import('./commands/config.ts')).config(file));
  const topology = new Option(
    '--topology <file>',
    'configuration file, YAML',
  ).makeOptionMandatory();
  root
    .command('up')
    .description('run all processes of a topology on this machine, and start again those that die')
    .addOption(topology)
    .action(async (options) => (await import('./commands/up.ts')).up(options));
  root
    .command('restart')
    .description('end processes of a topology one by one, each when the one before is back')
    .argument('[name...]', 'processes, such as server-2; all when there is none')
    .addOption(topology)
    .action(async (names, options) =>
      (await import('./commands/restart.ts')).restart(names, options),
    );
  root
    .command('status')
    .description('show every process of a topology; fails when one is down')
    .addOption(topology)
    .addOption(
      new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'),
    )
    .action(async (options) => (await import('./commands/status.ts')).status(options));
}

function addClients(root: Command): void {
  const controller = new Option('--controller <url>', 'the controller').default(
    `http://127.0.0.1:${DEFAULT_PORTS.controller}`,
  );
  root
    .command('load')
    .description('load files (.parquet, .csv, .tsv, .ndjson, .json) into a table, all or nothing')
    .argument('<table>', 'name of the table; created when it is missing')
    .argument('<file...>', 'files to load')
    .option('--schema <file>', 'JSON file with the columns: Nyala or Pinot schema')
    .option('--max-errors <n>', 'rows that may be left out as wrong', countArgument(0), 0)
    .option('--segment-rows <n>', 'most rows of a segment', countArgument(1), SEGMENT_ROWS_DEFAULT)
    .option('--segment-prefix <name>', "what the segments' names begin with")
    .addOption(
      new Option('--progress <form>', 'how to show it: for people, or JSON objects on stdout')
        .choices(['people', 'json'])
        .default('people'),
    )
    .addOption(controller)
    .action(async (table, files, options) => {
      const { load } = await import('./commands/load.ts');
      await load(table, files, options);
    });
  root
    .command('ingest')
    .description('load the files of a job in parallel; given again it goes on where it was')
    .argument('<job>', "YAML file, as Apache Pinot's job specifications are")
    .action(async (job) => (await import('./commands/ingest.ts')).ingest(job));
  root
    .command('sql')
    .description('ask a broker')
    .argument('<statement>', 'one SQL statement')
    .addOption(
      new Option('--format <format>', 'how to print').choices(ANSWER_FORMATS).default('table'),
    )
    .option('--broker <url>', 'the broker', `http://127.0.0.1:${DEFAULT_PORTS.broker}`)
    .action(async (statement, options) => {
      const { sql } = await import('./commands/sql.ts');
      await sql(statement, options);
    });
  root
    .command('tables')
    .description('list tables')
    .addOption(controller)
    .action(async (options) => (await import('./commands/tables.ts')).tables(options));
  root
    .command('table-config')
    .description("show a table's configuration, or replace it: indexes are built on its segments")
    .argument('<table>', 'name of the table')
    .argument('[file]', 'JSON file with a table configuration, as Pinot has it')
    .addOption(controller)
    .action(async (table, file, options) => {
      const { tableConfig } = await import('./commands/table-config.ts');
      await tableConfig(table, file, options);
    });
  root
    .command('rebalance')
    .description("move a table's segments to where they should be, while queries run")
    .argument('<table>', 'name of the table')
    .option('--dry-run', 'only say what would be done', false)
    .addOption(controller)
    .action(async (table, options) => {
      const { rebalance } = await import('./commands/rebalance.ts');
      await rebalance(table, options);
    });
}

function addPlace(command: Command, port: number): Command {
  return addLog(command, 'info')
    .option('--config <file>', 'configuration file, YAML; flags go before it')
    .option('--coord <hosts>', 'coordinators: HOST:PORT,…[/chroot]', coordinatorArgument)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--allow-remote', 'listen where other machines reach, without authentication', false)
    .option('--port <n>', 'port to listen on', countArgument(0), port);
}

function addQuerySettings(command: Command): Command {
  return command
    .addOption(
      new Option('--adaptive-selector <type>', 'by what the best replica is chosen').choices(
        ADAPTIVE_SELECTORS,
      ),
    )
    .option('--slow-query-ms <n>', 'the log tells of queries that take so long', countArgument(0))
    .option('--running-queries <n>', 'queries at a time', countArgument(1))
    .option('--waiting-queries <n>', 'queries that wait for that', countArgument(0))
    .option('--query-memory <bytes>', 'memory of all running queries, such as 1g', memoryArgument)
    .option('--client-queries-per-second <n>', 'rate of each client address', rateArgument)
    .option('--application-queries-per-second <n>', 'rate of each application', rateArgument)
    .option('--application-quotas <name=n>', 'rate of one application; repeatable', quotaArgument);
}

function addLog(command: Command, level: string): Command {
  return command
    .addOption(
      new Option('--log-level <level>', 'least important lines of the log')
        .choices(LOG_LEVELS)
        .default(level),
    )
    .addOption(
      new Option('--log-format <format>', 'lines for people, or JSON objects')
        .choices(LOG_FORMATS)
        .default('text'),
    );
}

function addResources(command: Command): Command {
  return command
    .option(
      '--memory <bytes>',
      'memory for columns and queries, such as 512m or 4g',
      memoryArgument,
      defaultMemoryBytes(),
    )
    .option('--threads <n>', 'worker threads', countArgument(0), null);
}
