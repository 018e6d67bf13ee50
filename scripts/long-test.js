/**
 * Tests that run for as long as one wants; `npm test` has them in short.
 *
 * `npm run differential -- [--operations N] [--seed N] [--script FILE]`: random operations on our
 * coordinator and on Apache ZooKeeper, which must answer the same.
 * `npm run test:sql`: the scripts of statements in every configuration.
 * `npm run fuzz:sql -- [--queries N] [--seed N]`: random queries in every configuration against DuckDB,
 * conditions that part the rows, and expressions against PostgreSQL's parser.
 * `npm run chaos -- [--minutes N] [--servers N] [--seed N] [--system zookeeper]`: processes of a
 * coordinator that are killed and paused at random.
 * `npm run chaos:cluster -- [--minutes N] [--seed N]`: the same with the processes of a whole cluster that is asked
 * all the time, and a restart of all of them one by one.
 */
import { parseArgs } from 'node:util';
import { compile } from './compile.js';
import { fail, installedCommand, run, setup } from './setup.js';

const TESTS = {
  differential: {
    file: 'test/coord/differential/differential.test.ts',
    options: { operations: '20000', script: '' },
  },
  sql: { file: 'test/sql/logic.test.ts', options: { configurations: '1000' } },
  fuzz: {
    file: ['test/differential/random', 'test/differential/partition', 'test/sql/postgres.test.ts'],
    options: { queries: '200000' },
  },
  chaos: {
    file: 'test/coord/chaos/chaos.test.ts',
    options: { minutes: '3', servers: '3', system: 'nyala' },
  },
  cluster: { file: 'test/cluster/chaos.test.ts', options: { minutes: '3' } },
};

const [name, ...args] = process.argv.slice(2);
const test = TESTS[name];
if (!test) fail(`long-test: expected one of ${Object.keys(TESTS).join(', ')}, found '${name}'`);
setup();
if (!compile()) fail(`${name}: the build failed`);
const options = Object.fromEntries(
  Object.entries(test.options).map(([option, value]) => [
    option,
    { type: 'string', default: value },
  ]),
);
const { values } = parseArgs({ args, options: { ...options, seed: { type: 'string' } } });
for (const option of Object.keys(options)) {
  if (values[option] === '') continue;
  process.env[`NYALA_${name.toUpperCase()}_${option.toUpperCase()}`] = values[option];
}
if (values.seed) process.env.SEED = values.seed;
process.env.NYALA_REQUIRE_PEERS = '1';
const { ok } = run(installedCommand('vitest'), ['run', ...[test.file].flat()]);
process.exitCode = ok ? 0 : 1;
