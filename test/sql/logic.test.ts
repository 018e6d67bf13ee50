import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import {
  CONFIGURATIONS,
  ConfiguredDatabases,
  configurationText,
} from '../support/configurations.ts';
import { openOracle } from '../support/duckdb.ts';
import { runScript, updateScript } from './logic/run-script.ts';
import { DuckDbSystem, NyalaSystem } from './logic/systems.ts';

/**
 * Scripts of statements with their answers. UPDATE=1 writes the answers anew, from DuckDB where it
 * runs the same statement: read the difference before you keep it.
 */
const folder = join(import.meta.dirname, 'scripts');
const files = readdirSync(folder).filter((name) => name.endsWith('.slt'));
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const count = Number(process.env.NYALA_SQL_CONFIGURATIONS ?? 6);
const configurations = sample(new Prng(seed), count);
console.log(`scripts: SEED=${seed} NYALA_SQL_CONFIGURATIONS=${configurations.length}`);
const databases = new ConfiguredDatabases();

afterAll(() => databases.close());

describe.runIf(process.env.UPDATE === '1')('answers are written anew', () => {
  it.each(files)('%s', async (file) => {
    const own = new NyalaSystem(CONFIGURATIONS[0]!, databases);
    const oracle = new DuckDbSystem(await openOracle());
    writeFileSync(join(folder, file), await updateScript(textOf(file), file, oracle, own));
    await own.close();
  });
});

describe('the answers in scripts are those of DuckDB', () => {
  it.each(files)('%s', async (file) => {
    await runScript(textOf(file), file, new DuckDbSystem(await openOracle()));
  });
});

describe.each(configurations.map((one) => [configurationText(one), one] as const))(
  'scripts run with %s',
  (_, configuration) => {
    it.each(files)('%s', async (file) => {
      const system = new NyalaSystem(configuration, databases);
      await runScript(textOf(file), file, system);
      await system.close();
    });
  },
);

/** How a script names the variable i. */
const I = '$' + '{i}';

describe('the runner', () => {
  const run = (script: string) =>
    runScript(script, 'x.slt', new NyalaSystem(CONFIGURATIONS[0]!, databases));

  it.each([
    [
      'a wrong value',
      'query I\nSELECT 1\n----\n2\n',
      'x.slt:1 (nyala): SELECT 1\nrow 1: expected 2',
    ],
    ['a missing row', 'query I\nSELECT 1\n----\n', 'expected 0 rows, found 1'],
    ['a wrong type', 'query T\nSELECT 1\n----\n1\n', 'column 1: expected T, found I'],
    ['a wrong number of columns', 'query II\nSELECT 1\n----\n1\n', 'expected II, found I'],
    ['a wrong hash', `query I\nSELECT 1\n----\n1 values hashing to ${'0'.repeat(32)}\n`, 'found 1'],
    ['an unexpected error', 'query I\nSELECT x\n----\n1\n', 'UNKNOWN_COLUMN'],
    ['no error', 'statement error\nSELECT 1\n', 'expected an error'],
    ['another error', 'statement error\nSELECT x\n----\nat 1:9\n', 'UNKNOWN_COLUMN at 1:8'],
    [
      'answers of one label that differ',
      'query I nosort a\nSELECT 1\n----\n1\n\nquery I nosort a\nSELECT 2\n----\n2\n',
      'label a differ',
    ],
    [
      'a word that is no record',
      'quarry I\nSELECT 1\n',
      'x.slt:1: expected a record, found quarry',
    ],
  ])('finds %s', async (_, script, message) => {
    await expect(run(script)).rejects.toThrow(message);
  });

  it.each([
    ['a value a line', 'query II nosort\nSELECT 1, 2\n----\n1\n2\n'],
    ['loops', `loop i 0 3\n\nquery I\nSELECT ${I} + 1 - 1\n----\n${I}\n\nendloop\n`],
    ['lists', `foreach i a b\n\nquery T\nSELECT '${I}'\n----\n${I}\n\nendloop\n`],
    ['what other systems run', 'onlyif duckdb\nquery I\nSELECT wrong\n----\n1\n'],
    ['halt', 'halt\n\nquery I\nSELECT 1\n----\n2\n'],
    ['require', 'require unheard\n\nquery I\nSELECT 1\n----\n2\n'],
    [
      'the hash of sqllogictest',
      'query I\nSELECT 1\n----\n1 values hashing to b026324c6904b2a9cb4b88d6d61c81d1\n',
    ],
  ])('takes %s', async (_, script) => {
    await run(script);
  });
});

function textOf(file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

/** The plainest configuration, and others by chance; all of them when `size` is large. */
function sample(prng: Prng, size: number): (typeof CONFIGURATIONS)[number][] {
  const rest = [...CONFIGURATIONS];
  const chosen = rest.splice(0, 1);
  while (chosen.length < size && rest.length > 0) {
    chosen.push(...rest.splice(prng.integer(0, rest.length), 1));
  }
  return chosen;
}
