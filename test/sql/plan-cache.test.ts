import { expect, it } from 'vitest';
import { KEPT_PLANS_MAX } from '../../src/base/limits.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { PlanCache } from '../../src/sql/plan-cache.ts';

const flights: TableSchema = {
  name: 'flights',
  columns: [
    { name: 'delay', type: 'INT' },
    { name: 'at', type: 'TIMESTAMP' },
  ],
};

function planner(tables: Map<string, TableSchema>) {
  const cache = new PlanCache();
  let nowMs = 0;
  return (text: string, options?: ReadonlyMap<string, string>) =>
    cache.plan(text, {
      resolveTable: (name) => tables.get(name) ?? null,
      tableNames: () => tables.keys(),
      nowMs: nowMs++,
      ...(options && { options }),
    });
}

it('the same statement has the same plan', () => {
  const plan = planner(new Map([['flights', flights]]));
  const text = 'SELECT SUM(delay) FROM flights';
  expect(plan(text)).toBe(plan(text));
  expect(plan(`${text} WHERE delay > 1`)).not.toEqual(plan(text));
});

it('another schema of the table, or other options, are another plan', () => {
  const tables = new Map([['flights', flights]]);
  const plan = planner(tables);
  const text = 'SELECT * FROM flights';
  const first = plan(text);
  expect(plan(text, new Map([['timeoutMs', '5']])).limits.timeoutMs).toBe(5);
  expect(plan(text)).toBe(first);
  tables.set('flights', { ...flights, columns: flights.columns.slice(0, 1) });
  expect(plan(text).plan.leaf?.columns).toEqual(['delay']);
  tables.delete('flights');
  expect(() => plan(text)).toThrow(/flights/);
});

it('what depends on the moment is planned each time', () => {
  const plan = planner(new Map([['flights', flights]]));
  const text = "SELECT COUNT(*) FROM flights WHERE at > NOW() - INTERVAL '1' DAY";
  expect(plan(text)).not.toEqual(plan(text));
});

it('so is what a name means that is spelled in another way, as other tables come', () => {
  const tables = new Map([['flights', flights]]);
  const plan = planner(tables);
  expect(plan('SELECT COUNT(*) FROM Flights').table).toBe('flights');
  tables.set('FLIGHTS', { ...flights, name: 'FLIGHTS' });
  expect(() => plan('SELECT COUNT(*) FROM Flights')).toThrow(/FLIGHTS|flights/);
});

it('EXPLAIN is about the table as it is', () => {
  const plan = planner(new Map([['flights', flights]]));
  const text = 'EXPLAIN SELECT COUNT(*) FROM flights';
  expect(plan(text)).not.toBe(plan(text));
});

it('only so many are kept, those that were used last', () => {
  const plan = planner(new Map([['flights', flights]]));
  const first = plan('SELECT 0 FROM flights');
  const second = plan('SELECT 1 FROM flights');
  for (let number = 2; number <= KEPT_PLANS_MAX; number++) {
    plan(`SELECT ${number} FROM flights`);
    expect(plan('SELECT 0 FROM flights')).toBe(first);
  }
  expect(plan('SELECT 1 FROM flights')).not.toBe(second);
});
