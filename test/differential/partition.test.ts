import { afterAll, describe, expect, it } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import { isAggregate } from '../../src/sql/derived-aggregates.ts';
import { listFunctions } from '../../src/sql/function-list.ts';
import { findWindowFunction } from '../../src/sql/window-functions.ts';
import { CONFIGURATIONS, ConfiguredDatabases } from '../support/configurations.ts';
import type { MemoryDatabase } from '../support/memory-table.ts';
import { TYPES } from './catalogue/entry.ts';
import { RANDOM_COLUMNS, RANDOM_SCHEMA, randomRows } from './random-tables.ts';
import { TermMaker } from './random-terms.ts';
import { termText } from './term.ts';

/**
 * Checks that need no other engine. A condition parts the rows into those where it is true, false and
 * NULL (Rigger and Su 2020, ternary logic partitioning); and a WHERE finds as many rows as the select
 * list says (NoREC). Conditions use every function there is, DuckDB's or not.
 */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const queryCount = Number(process.env.NYALA_FUZZ_QUERIES ?? 3_000);
const ROWS = 200;
const CONDITIONS_PER_CONFIGURATION = 20;
const FUNCTIONS = listFunctions().filter(
  ({ name }) => !isAggregate(name) && findWindowFunction(name) === undefined,
);
/** Values that functions on formats, units and zones want. */
const TEXTS = [
  ...["'day'", "'MONTH'", "'yyyy-MM-dd'", "'%Y-%m'", "'Europe/Berlin'", "'LONG'", "'$.a'"],
  ...["'(a)(b)?'", "'10.0.0.0/8'", "'DAYS'", "'o'", "','"],
];
console.log(`partitions: SEED=${seed} NYALA_FUZZ_QUERIES=${queryCount}`);

describe('a condition parts the rows', () => {
  const prng = new Prng(seed);
  const maker = new TermMaker(prng);
  const databases = new ConfiguredDatabases();
  const configurations = CONFIGURATIONS.filter(({ threads }) => threads < 2);
  const rows = randomRows(new Prng(seed + 1), ROWS);
  const answered = new Set<string>();
  let index = 0;

  afterAll(() => databases.close());

  it.each([
    ['plain rows', plainRows],
    ['distinct rows', distinctRows],
    ['counts, sums and extremes', aggregates],
    ['groups', groups],
    ['the number of rows and the values of the condition', countAndValues],
  ])(
    'of %s',
    async (_, check) => {
      let database!: MemoryDatabase;
      for (let round = 0; round < queryCount / 5; round++) {
        if (round % CONDITIONS_PER_CONFIGURATION === 0) {
          const configuration = configurations[index++ % configurations.length]!;
          database = await databases.addTable(configuration, RANDOM_SCHEMA, rows);
        }
        const { text, names } = condition();
        const difference = await differenceOf(() => check(database, text));
        if (difference === null) for (const name of names) answered.add(name);
        else if (difference !== REFUSED) throw new Error(`SEED=${seed}: ${text}\n${difference}`);
      }
    },
    600_000,
  );

  it('with most functions there are', () => {
    console.log(`functions in conditions: ${answered.size} of ${FUNCTIONS.length}`);
    expect(answered.size).toBeGreaterThan(queryCount >= 3_000 ? 0.6 * FUNCTIONS.length : 0);
  });

  /** A condition, and the functions in it that DuckDB may not have. */
  function condition(): { readonly text: string; readonly names: readonly string[] } {
    const known = termText(maker.term({ type: 'BOOLEAN', depth: 2 }), 'nyala');
    if (prng.float() < 0.3) return { text: known, names: [] };
    const call = anyCall();
    const test = prng.pick(['IS NULL', 'IS NOT NULL', `= ${call.text}`, "<> 'a'", '> 1', '<= 3']);
    const text = prng.pick([
      `${call.text} ${test}`,
      `(${call.text} ${test}) OR ${known}`,
      `NOT (${call.text} ${test} AND ${known})`,
      call.text,
    ]);
    return { text, names: [call.name] };
  }

  function anyCall(): { readonly text: string; readonly name: string } {
    const { name, types } = prng.pick(FUNCTIONS);
    const overloads = [...types.matchAll(/\(([^)]*)\)/g)].map((match) => match[1]!);
    const parameters = prng
      .pick(overloads)
      .replaceAll(/[[\]…]/g, '')
      .split(/,\s*/);
    const args = parameters.filter((type) => type !== '').map(argument);
    return { text: `${name}(${args.join(', ')})`, name };
  }

  function argument(parameter: string): string {
    const type = TYPES.find((one) => one === parameter) ?? prng.pick(TYPES);
    if (type === 'STRING' && prng.float() < 0.4) return prng.pick(TEXTS);
    if (prng.float() < 0.3) return termText(maker.term({ type, depth: 1 }), 'nyala');
    return columnOf(type);
  }

  function columnOf(type: DataType): string {
    return prng.pick(RANDOM_COLUMNS.filter((column) => column.type === type)).name;
  }
});

/** What a condition that the engine refuses, or that fails on some row, gives. */
const REFUSED = 'refused';

async function differenceOf(check: () => Promise<string | null>): Promise<string | null> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof EngineError) return REFUSED;
    return String(error instanceof Error ? error.stack : error);
  }
}

function partsOf(text: string): string[] {
  return [`(${text})`, `NOT (${text})`, `(${text}) IS NULL`];
}

async function union(
  database: MemoryDatabase,
  select: string,
  text: string,
  suffix = '',
): Promise<Value[][]> {
  const answers: Value[][] = [];
  for (const part of partsOf(text)) {
    answers.push(...(await database.sql(`${select} WHERE ${part}${suffix}`)));
  }
  return answers;
}

async function plainRows(database: MemoryDatabase, text: string): Promise<string | null> {
  const select = 'SELECT id, small, word, ratio, moment FROM t';
  const whole = await database.sql(select);
  return compareAnswers(await union(database, select, text), whole, { ordered: 'none' });
}

async function distinctRows(database: MemoryDatabase, text: string): Promise<string | null> {
  const select = 'SELECT DISTINCT word, small FROM t';
  const whole = await database.sql(select);
  const parts = await union(database, select, text);
  const once = new Map(parts.map((row) => [row.map(String).join('\t'), row]));
  return compareAnswers([...once.values()], whole, { ordered: 'none' });
}

async function aggregates(database: MemoryDatabase, text: string): Promise<string | null> {
  const select = 'SELECT COUNT(*), COUNT(wide), SUM(wide), MIN(code), MAX(code) FROM t';
  const whole = await database.sql(select);
  const parts = await union(database, select, text);
  return compareAnswers([combine(parts)], whole, { ordered: 'total' });
}

async function groups(database: MemoryDatabase, text: string): Promise<string | null> {
  const select = 'SELECT word, COUNT(*), COUNT(wide), SUM(wide), MIN(code), MAX(code) FROM t';
  const whole = await database.sql(`${select} GROUP BY word`);
  const parts = new Map<Value, Value[][]>();
  for (const row of await union(database, select, text, ' GROUP BY word')) {
    parts.set(row[0]!, [...(parts.get(row[0]!) ?? []), row]);
  }
  const together = [...parts].map(([key, some]) => [
    key,
    ...combine(some.map((row) => row.slice(1))),
  ]);
  return compareAnswers(together, whole, { ordered: 'none' });
}

/** What COUNT(*), COUNT, SUM, MIN and MAX over all parts are. */
function combine(parts: readonly (readonly Value[])[]): Value[] {
  const present = (column: number) =>
    parts.flatMap((row) => (row[column] === null ? [] : [BigInt(row[column] as number | bigint)]));
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  const extreme = (column: number, sign: 1 | -1): Value => {
    const values = present(column).sort((one, other) => sign * (one < other ? -1 : 1));
    return values[0] ?? null;
  };
  const total = present(2);
  const counts = [sum(present(0)), sum(present(1))];
  return [...counts, total.length === 0 ? null : sum(total), extreme(3, 1), extreme(4, -1)];
}

async function countAndValues(database: MemoryDatabase, text: string): Promise<string | null> {
  const [count] = await database.sql(`SELECT COUNT(*) FROM t WHERE ${text}`);
  const values = await database.sql(`SELECT ${text} FROM t`);
  const truths = values.filter(([value]) => value === true).length;
  const [sum] = await database.sql(`SELECT SUM(CASE WHEN ${text} THEN 1 ELSE 0 END) FROM t`);
  const expected = [[BigInt(truths), BigInt(truths)]];
  return compareAnswers([[count![0]!, sum![0]!]], expected, { ordered: 'total' });
}
