import { expect, it } from 'vitest';
import type { DataType, TableSchema } from '../../src/base/types.ts';
import { aggregateText } from '../../src/sql/expression-text.ts';
import { planQuery } from '../../src/sql/query.ts';

const gathered = (type: DataType): string[] => {
  const schema: TableSchema = { name: 't', columns: [{ name: 'w', type }] };
  const { plan } = planQuery('SELECT SUM(w), SUM(w + 1), SUM(2 + w) FROM t', {
    resolveTable: () => schema,
    tableNames: () => ['t'],
    nowMs: 0,
    evaluateConstant: () => null,
  });
  return plan.leaf?.kind === 'aggregate' ? plan.leaf.aggregates.map(aggregateText) : [];
};

it.each(['TINYINT', 'SMALLINT', 'INT'] as const)(
  'sums of %s and constants read it once',
  (type) => {
    expect(gathered(type)).toEqual(['sum(w)', 'count(w)']);
  },
);

it('sums of BIGINT may overflow where a part of them does not', () => {
  expect(gathered('BIGINT')).toEqual(['sum(w)', 'sum(w + 1)', 'sum(2 + w)']);
});
