import { describe, expect, it } from 'vitest';
import { decodeJson, decodePlan, encodeJson, encodePlan } from '../../src/exec/plan-codec.ts';
import type { LeafPlan } from '../../src/sql/plan.ts';

describe('a plan as text', () => {
  it.each([
    1n,
    -(2n ** 63n),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0,
    1.5,
    'x',
    null,
    true,
  ])('keeps the literal %s', (value) => {
    const [copy] = decodeJson(encodeJson([value])) as unknown[];
    expect(Object.is(copy, value)).toBe(true);
  });

  it('is the same plan again', () => {
    const plan: LeafPlan = {
      kind: 'select',
      table: 't',
      columns: ['a'],
      filter: { kind: 'literal', type: 'BIGINT', value: 2n ** 62n },
      indexUse: { enabled: true, forced: false, skipped: {}, starTree: true },
      outputs: [{ kind: 'column', name: 'a', type: 'BIGINT' }],
      order: [{ column: 0, descending: true, nullsFirst: false }],
      limit: null,
    };
    expect(decodePlan(encodePlan(plan))).toEqual(plan);
  });

  it.each(['{', 'null', '[]', '{"kind":"drop"}'])('%s is no plan', (text) => {
    expect(() => decodePlan(text)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});
