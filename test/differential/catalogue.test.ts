import { expect, it } from 'vitest';
import { findFunction } from '../../src/sql/functions.ts';
import { TYPES } from './catalogue/entry.ts';
import { LEFT_OUT } from './catalogue/left-out.ts';
import { CATALOGUE } from './random-terms.ts';
import { operatorKey } from './term.ts';

const OPERATORS: readonly (readonly [name: string, symbol: string])[] = [
  ['add', '+'],
  ['subtract', '-'],
  ['multiply', '*'],
  ['divide', '/'],
  ['modulo', '%'],
  ['int_divide', 'DIV'],
  ['equal', '='],
  ['not_equal', '<>'],
  ['less', '<'],
  ['less_or_equal', '<='],
  ['greater', '>'],
  ['greater_or_equal', '>='],
  ['is_distinct_from', 'IS DISTINCT FROM'],
  ['is_not_distinct_from', 'IS NOT DISTINCT FROM'],
];

const keys = new Set(CATALOGUE.map(operatorKey));

it('random queries have every operator on every two types', () => {
  const missing = OPERATORS.flatMap(([name, symbol]) =>
    TYPES.flatMap((left) =>
      TYPES.filter((right) => findFunction(name)!.resolve([left, right]) !== null).map(
        (right) => `${symbol}(${left}, ${right})`,
      ),
    ),
  ).filter((key) => !keys.has(key) && !LEFT_OUT.some(([what]) => what === key));
  expect(missing).toEqual([]);
});

it('random queries do not have what is left out', () => {
  const names = new Set([...keys, ...CATALOGUE.map(({ name }) => name)]);
  expect(LEFT_OUT.filter(([what]) => names.has(what))).toEqual([]);
});
