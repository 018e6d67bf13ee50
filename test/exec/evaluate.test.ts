import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import { type EvaluationInput, evaluate } from '../../src/exec/evaluate.ts';
import type { Vector } from '../../src/exec/vector.ts';
import { gatherVector, literalVector, vectorFromValues } from '../../src/exec/vector-build.ts';
import { errorOf } from '../support/engine-error.ts';
import { evaluateRow, RowError, randomExpression } from './evaluate-reference.ts';
import {
  bind,
  call,
  columnOf,
  Evaluator,
  inputOf,
  literal,
  newContext,
  type TestColumn,
  valuesOf,
} from './evaluation.ts';

const RANDOM_EXPRESSIONS = 1500;
const I64_MAX = 2n ** 63n - 1n;
const evaluator = new Evaluator();

describe('random expressions', () => {
  it('give in every row what evaluating that row alone gives, errors included', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    let failures = 0;
    for (let round = 0; round < RANDOM_EXPRESSIONS; round++) {
      const rowCount = prng.integer(1, 40);
      const columns = randomColumns(prng, rowCount);
      const type = prng.pick<DataType>(['BIGINT', 'DOUBLE', 'STRING', 'BOOLEAN']);
      const expression = randomExpression(prng, type, columns, prng.integer(1, 5));
      const expected = attempt(() => referenceValues(expression, columns, rowCount));
      const actual = attempt(() => evaluator.values(expression, columns, rowCount));
      if (expected === null) failures++;
      expect(actual, `SEED=${seed} round ${round}: ${show(expression)}`).toEqual(expected);
    }
    expect(failures).toBeGreaterThan(0);
    expect(failures).toBeLessThan(RANDOM_EXPRESSIONS / 2);
  });
});

describe('errors that no row deserves', () => {
  const columns: readonly TestColumn[] = [
    { name: 'b', type: 'BIGINT', values: [I64_MAX, 1n, null, I64_MAX] },
    { name: 'c', type: 'BIGINT', values: [null, 1n, I64_MAX, null] },
    { name: 's', type: 'STRING', values: ['x', '12', null, 'y'] },
  ];

  it('do not come from NULL rows, whose values are arbitrary', () => {
    const context = newContext();
    const full = inputOf([{ name: 'b', type: 'BIGINT', values: [I64_MAX, 5n] }], 2).column('b');
    const input: EvaluationInput = {
      rowCount: 2,
      column: () => ({ ...full, nulls: Uint8Array.from([1, 0]) }),
    };
    const b = columnOf({ name: 'b', type: 'BIGINT' });
    const one = literal('BIGINT', 1n);
    for (const expression of [
      call('add', 'BIGINT', b, one),
      call('multiply', 'BIGINT', b, literal('BIGINT', 2n)),
      call('cast', 'INT', b),
      call('from_epoch_days', 'TIMESTAMP', b),
      call('chr', 'STRING', b),
    ]) {
      expect(valuesOf(evaluate(expression, input, context))[0]).toBeNull();
    }
  });

  it('do not come from branches that a row does not take', () => {
    expect(evaluator.sql('CASE WHEN b > 1 THEN 0 ELSE b + 1 END', columns)).toEqual([
      0n,
      2n,
      null,
      0n,
    ]);
    expect(evaluator.sql("if(s LIKE '%2', CAST(s AS INT), -1)", columns)).toEqual([-1, 12, -1, -1]);
    expect(evaluator.sql('coalesce(c, b - 1)', columns)).toEqual([
      I64_MAX - 1n,
      1n,
      I64_MAX,
      I64_MAX - 1n,
    ]);
    expect(evaluator.sql('CASE WHEN c IS NULL THEN NULL ELSE c - 1 + 1 END', columns)).toEqual([
      null,
      1n,
      I64_MAX,
      null,
    ]);
  });

  it('do not come from rows that AND and OR have already decided', () => {
    expect(evaluator.sql("s LIKE '1%' AND CAST(s AS INT) = 12", columns)).toEqual([
      false,
      true,
      null,
      false,
    ]);
    expect(evaluator.sql("s NOT LIKE '1%' OR CAST(s AS INT) = 12", columns)).toEqual([
      true,
      true,
      null,
      true,
    ]);
    expect(() => evaluator.sql("CAST(s AS INT) = 12 AND s LIKE '1%'", columns)).toThrow(
      EngineError,
    );
  });

  it('do not come from dictionary entries that no row has', () => {
    const context = newContext();
    const text: Vector = {
      kind: 'text',
      type: 'STRING',
      codes: Uint32Array.from([2, 0, 2, 1]),
      dictionary: ['1', 'not a number', '3'],
      nulls: Uint8Array.from([0, 0, 0, 1]),
    };
    const cast = call('cast', 'BIGINT', columnOf({ name: 's', type: 'STRING' }));
    const input = { rowCount: 4, column: () => text };
    expect(valuesOf(evaluate(cast, input, context))).toEqual([3n, 1n, 3n, null]);
    const other = { rowCount: 4, column: () => ({ ...text, nulls: null }) };
    expect(() => evaluate(cast, other, context)).toThrow(/not a number/);
  });

  it('carry the position of the call that failed', () => {
    const expression = bind('1 +\n  (b + 1)', columns);
    const error = errorOf(() => evaluator.values(expression, columns, 4));
    expect(error.code).toBe('NUMERIC_OVERFLOW');
    expect(error.position).toMatchObject({ line: 2 });
  });
});

describe('text', () => {
  it('keeps its codes through a function of one column', () => {
    const context = newContext();
    const text = vectorFromValues('STRING', ['a', 'b', 'a', null]);
    const upper = call('upper', 'STRING', columnOf({ name: 's', type: 'STRING' }));
    const result = evaluate(upper, { rowCount: 4, column: () => text }, context);
    if (result.kind !== 'text' || text.kind !== 'text') throw new Error('text in, text out');
    expect(result.codes).toBe(text.codes);
    expect(valuesOf(result)).toEqual(['A', 'B', 'A', null]);
  });

  it('does not take the results of one dictionary for those of another', () => {
    const context = newContext();
    const upper = call('upper', 'STRING', columnOf({ name: 's', type: 'STRING' }));
    for (const [text, expected] of [
      ['a', 'A'],
      ['b', 'B'],
    ]) {
      const column = vectorFromValues('STRING', [text!]);
      const input = { rowCount: 1, column: () => column };
      expect(valuesOf(evaluate(upper, input, context))).toEqual([expected]);
    }
  });

  it('is right for dictionaries larger and smaller than the rows, and from batch to batch', () => {
    const context = newContext();
    const dictionary = Array.from({ length: 1000 }, (_, index) => `value ${index}`);
    const length = call('length', 'BIGINT', columnOf({ name: 's', type: 'STRING' }));
    const matches = call(
      'like',
      'BOOLEAN',
      columnOf({ name: 's', type: 'STRING' }),
      literal('STRING', '%9'),
    );
    for (const rowCount of [3, 5000, 400, 2000]) {
      const codes = Uint32Array.from({ length: rowCount }, (_, row) => (row * 37) % 1000);
      const nulls = Uint8Array.from({ length: rowCount }, (_, row) => (row % 7 === 0 ? 1 : 0));
      const text: Vector = { kind: 'text', type: 'STRING', codes, dictionary, nulls };
      const input = { rowCount, column: () => text };
      const texts = valuesOf(text) as (string | null)[];
      expect(valuesOf(evaluate(length, input, context))).toEqual(
        texts.map((one) => (one === null ? null : BigInt(one.length))),
      );
      expect(valuesOf(evaluate(matches, input, context))).toEqual(
        texts.map((one) => (one === null ? null : one.endsWith('9'))),
      );
    }
  });
});

describe('memory', () => {
  it('holds inputs in linear memory where they are, and never writes to them', () => {
    const context = newContext();
    const { kernels, scratch } = context;
    const address = scratch.allocate(3 * 8);
    const data = new BigInt64Array(kernels.memory.buffer, address, 3);
    data.set([1n, 2n, 3n]);
    const column: Vector = { kind: 'flat', type: 'BIGINT', data, nulls: null };
    const input = { rowCount: 3, column: () => column };
    const before = scratch.mark();
    const b = columnOf({ name: 'b', type: 'BIGINT' });
    expect(valuesOf(evaluate(call('add', 'BIGINT', b, b), input, context))).toEqual([2n, 4n, 6n]);
    expect(scratch.mark() - before).toBe(64);
    expect([...data]).toEqual([1n, 2n, 3n]);
  });

  it('is only the result when a call has constants and inputs from the heap', () => {
    const context = newContext();
    const column = vectorFromValues('TIMESTAMP', [0n, 86_400_000_000n]);
    const input = { rowCount: 2, column: () => column };
    const before = context.scratch.mark();
    const t = columnOf({ name: 't', type: 'TIMESTAMP' });
    const year = call('year', 'BIGINT', t);
    expect(valuesOf(evaluate(year, input, context))).toEqual([1970n, 1970n]);
    expect(context.scratch.mark()).toBe(before);
    const test = call('less', 'BOOLEAN', t, literal('TIMESTAMP', 5n));
    expect(valuesOf(evaluate(test, input, context))).toEqual([true, false]);
    expect(context.scratch.mark() - before).toBe(64);
  });

  it('that runs out is an error', () => {
    const rowCount = 1_200_000;
    const column = literalVector({ type: 'BIGINT', value: 1n }, rowCount);
    const input = { rowCount, column: () => column };
    const b = columnOf({ name: 'b', type: 'BIGINT' });
    const error = errorOf(() => evaluate(call('add', 'BIGINT', b, b), input, newContext()));
    expect(error.code).toBe('MEMORY_LIMIT');
  });
});

it('no rows give an empty vector of the right type, and run nothing', () => {
  const fails = call('cast', 'DATE', literal('STRING', 'never'));
  const empty = evaluate(
    fails,
    { rowCount: 0, column: () => vectorFromValues('INT', []) },
    newContext(),
  );
  expect(empty).toMatchObject({ kind: 'flat', type: 'DATE' });
  expect(valuesOf(empty)).toEqual([]);
});

it('gathered rows evaluate to the gathered results', () => {
  const context = newContext();
  const columns = randomColumns(new Prng(7), 50);
  const rows = Uint32Array.from([49, 0, 7, 7, 31]);
  const expression = bind("upper(s) || '-' || b", columns);
  const whole = evaluate(expression, inputOf(columns, 50), context);
  const all = inputOf(columns, 50);
  const some = { rowCount: 5, column: (name: string) => gatherVector(all.column(name), rows) };
  const part = evaluate(expression, some, context);
  expect(valuesOf(part)).toEqual(valuesOf(gatherVector(whole, rows)));
});

function randomColumns(prng: Prng, rowCount: number): TestColumn[] {
  const pools: readonly (readonly [string, DataType, readonly Value[]])[] = [
    ['b', 'BIGINT', [0n, 1n, -1n, 7n, 1_000_000_007n, null]],
    ['c', 'BIGINT', [2n, -3n, 4_000_000_000n, I64_MAX, null]],
    ['d', 'DOUBLE', [0, -0, 1.5, -2.25, 1e308, Number.NaN, Infinity, null]],
    ['s', 'STRING', ['', 'a', 'B', 'ab', '😀z', '\uffff', null]],
    ['u', 'STRING', ['a', 'b', '😀']],
    ['p', 'BOOLEAN', [true, false, null]],
  ];
  return pools.map(([name, type, pool]) => ({
    name,
    type,
    values: Array.from({ length: rowCount }, () => prng.pick(pool)),
  }));
}

function referenceValues(
  expression: Parameters<typeof evaluateRow>[0],
  columns: readonly TestColumn[],
  rowCount: number,
): Value[] {
  return Array.from({ length: rowCount }, (_, row) =>
    evaluateRow(expression, new Map(columns.map(({ name, values }) => [name, values[row]!]))),
  );
}

/** The result, or null for an overflow. */
function attempt(run: () => Value[]): Value[] | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof RowError) return null;
    if (error instanceof EngineError && error.code === 'NUMERIC_OVERFLOW') return null;
    throw error;
  }
}

function show(expression: unknown): string {
  return JSON.stringify(expression, (_, value) =>
    typeof value === 'bigint' || Number.isNaN(value) ? String(value) : value,
  );
}
