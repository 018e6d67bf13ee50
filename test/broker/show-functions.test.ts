import { describe, expect, it } from 'vitest';
import { brokerHandler } from '../../src/broker/http.ts';
import { QueryRunner } from '../../src/broker/query.ts';
import { functionsTable } from '../../src/broker/show-functions.ts';
import { valueAt } from '../../src/exec/vector-build.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { AGGREGATES } from '../../src/sql/aggregates.ts';
import { DERIVED_AGGREGATES } from '../../src/sql/derived-aggregates.ts';
import { FUNCTIONS } from '../../src/sql/functions.ts';
import { SPECIAL_AGGREGATES } from '../../src/sql/special-aggregates.ts';
import { WINDOW_FUNCTIONS } from '../../src/sql/window-functions.ts';
import { plan } from '../sql/flights.ts';
import { errorOf } from '../support/engine-error.ts';

const rowsOf = (pattern: string | null) => {
  const { vectors, rowCount } = functionsTable(pattern);
  return Array.from({ length: rowCount }, (_, row) =>
    vectors.map((vector) => String(valueAt(vector, row))),
  );
};
const namesOf = (pattern: string | null) => rowsOf(pattern).map(([name]) => name!);
const fold = (name: string) => name.replaceAll('_', '');

describe('SHOW FUNCTIONS', () => {
  it('lists every function and aggregate once, sorted', () => {
    const names = namesOf(null);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(expect.arrayContaining([...FUNCTIONS.keys()]));
    const aggregates = AGGREGATES.map(({ name }) => name);
    const derived = DERIVED_AGGREGATES.map(({ name }) => name);
    const special = SPECIAL_AGGREGATES.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...aggregates, ...derived, ...special]));
    expect(names).toEqual(expect.arrayContaining(WINDOW_FUNCTIONS.map(({ name }) => name)));
    const spellings = rowsOf(null).flatMap(([name, aliases]) =>
      [name!, ...aliases!.split(', ')].filter((one) => one !== '').map(fold),
    );
    expect(spellings).toHaveLength(new Set(spellings).size);
  });

  it('says what each takes and gives, and what it is, in one sentence', () => {
    for (const [name, , types, summary] of rowsOf(null)) {
      expect(types, name).toMatch(/^(\([^()]*\) → [A-Z]+(; |$))+$/);
      expect(summary, name).toMatch(/^[^.].*[^.]\.$/);
    }
    expect(rowsOf('from_date_time')).toEqual([
      [
        'from_date_time',
        '',
        '(STRING, STRING[, STRING[, BIGINT]]) → BIGINT',
        expect.stringContaining('Milliseconds'),
      ],
    ]);
    expect(rowsOf('trim').map(([, , types]) => types)).toEqual(['(STRING[, STRING]) → STRING']);
    expect(rowsOf('greatest').map(([, , types]) => types)).toEqual(['(ANY, …) → ANY']);
    expect(rowsOf('pi').map(([, , types]) => types)).toEqual(['() → DOUBLE']);
  });

  it('finds names and aliases by pattern', () => {
    expect(namesOf('AT\\_TIME%')).toEqual([]);
    expect(namesOf('at_time%')).toEqual(['from_utc_timestamp']);
    expect(namesOf('*UTC*')).toEqual(['from_utc_timestamp', 'now', 'to_utc_timestamp']);
    expect(namesOf('s_m')).toEqual(['sum']);
    expect(namesOf('')).toEqual([]);
  });

  it('is answered over HTTP without any server', async () => {
    const view = {
      tableNames: () => [],
      schema: () => null,
      routing: () => null,
      segment: () => null,
      routingVersion: () => 0,
      indexes: () => [],
      servers: () => new Map(),
    };
    const onInternalError = (error: unknown) => expect.unreachable(String(error));
    const runner = new QueryRunner({
      ...{ brokerId: 'broker', view, clock: nodeClock, onInternalError },
      reduce: () => expect.unreachable('nothing is reduced'),
      evaluateConstant: () => null,
      leafService: () => null,
    });
    const handler = brokerHandler({ runner, view, onInternalError });
    const body = JSON.stringify({ sql: "SHOW FUNCTIONS LIKE 'sq_t'" });
    const request = new Request('http://broker/query/sql', { method: 'POST', body });
    expect(await (await handler(request)).json()).toMatchObject({
      exceptions: [],
      resultTable: {
        dataSchema: { columnNames: ['name', 'aliases', 'signature', 'summary'] },
        rows: [['sqrt', 'dsqrt', '(DOUBLE) → DOUBLE', 'The square root.']],
      },
    });
  });

  it('is a statement', () => {
    const planned = plan("SET timeoutMs = 5; SHOW FUNCTIONS LIKE 'date%' OPTION(trace = true);");
    expect(planned).toMatchObject({ kind: 'functions', pattern: 'date%', table: null });
    expect(planned.options.get('timeoutMs')).toBe('5');
    expect(plan('show functions')).toMatchObject({ kind: 'functions', pattern: null });
    expect(plan("SHOW FUNCTIONS '*x'")).toMatchObject({ kind: 'functions', pattern: '*x' });
    expect(plan('SELECT 1')).toMatchObject({ kind: 'query', pattern: null });
    expect(errorOf(() => plan('SHOW FUNCTIONS LIKE 5')).code).toBe('SQL_SYNTAX');
    expect(errorOf(() => plan('SHOW FUNCTIONS FROM t')).code).toBe('SQL_SYNTAX');
    expect(errorOf(() => plan('EXPLAIN SHOW FUNCTIONS')).code).toBe('NOT_SUPPORTED');
    expect(errorOf(() => plan('SHOW TABLES')).code).toBe('NOT_SUPPORTED');
  });
});
