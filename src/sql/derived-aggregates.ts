import { isDecimal, isNumeric, isText, isWideDecimal } from '../base/types.ts';
import { findAggregate } from './aggregates.ts';
import { aggregateOfElements } from './array-aggregates.ts';
import type { AddAggregate, DerivedAggregate } from './derived-aggregate.ts';
import type { Expression } from './expression.ts';
import { call, literal } from './expression-tools.ts';
import { foldFunctionName } from './function-name.ts';
import { HISTOGRAM } from './histogram.ts';
import { findSpecialAggregate } from './special-aggregates.ts';
import { knownType } from './type-names.ts';

/** Every derived aggregate. */
export const DERIVED_AGGREGATES: readonly DerivedAggregate[] = [
  {
    ...{ name: 'bool_and', aliases: ['every', 'logical_and'], argCount: 1, takes: 'a BOOLEAN' },
    ...{ summary: 'Whether all values are true.', types: '(BOOLEAN) → BOOLEAN' },
    build: (args, add) => extremeOfFlags('min', args, add),
  },
  {
    ...{ name: 'bool_or', aliases: ['logical_or'], argCount: 1, takes: 'a BOOLEAN' },
    ...{ summary: 'Whether any value is true.', types: '(BOOLEAN) → BOOLEAN' },
    build: (args, add) => extremeOfFlags('max', args, add),
  },
  {
    ...{ name: 'any_value', aliases: ['arbitrary'], argCount: 1, takes: 'a column' },
    ...{ summary: 'Some value that is not NULL, the least.', types: '(ANY) → ANY' },
    build: ([value], add) => add('min', [value!], value!.type),
  },
  {
    ...{ name: 'count_if', aliases: [], argCount: 1, takes: 'a condition' },
    ...{ summary: 'For how many rows it is true.', types: '(BOOLEAN) → BIGINT' },
    build: ([condition], add) =>
      condition!.type === 'BOOLEAN' ? add('count', [], 'BIGINT', condition!) : null,
  },
  {
    ...{ name: 'min_max_range', aliases: [], argCount: 1, takes: 'a number' },
    ...{ summary: 'The greatest value less the least.', types: '(DOUBLE) → DOUBLE' },
    build: ([value], add) => {
      if (!isNumeric(value!.type)) return null;
      const [most, least] = (['max', 'min'] as const).map((name) =>
        asDouble(add(name, [value!], value!.type)),
      );
      return call('subtract', [most!, least!], 'DOUBLE');
    },
  },
  {
    ...{ name: 'sum0', aliases: [], argCount: 1, takes: 'a number' },
    summary: 'The sum of the values, 0 when there are none.',
    types: '(BIGINT) → BIGINT; (DOUBLE) → DOUBLE',
    build: ([value], add) => {
      if (!isNumeric(value!.type)) return null;
      const type = findAggregate('sum')!.resolve(value!.type)!.result;
      const none = literal(type, type === 'DOUBLE' ? 0 : 0n);
      return call('coalesce', [add('sum', [value!], type), none], type);
    },
  },
  {
    ...{ name: 'median', aliases: [], argCount: 1, takes: 'a number' },
    ...{ summary: 'The value in the middle.', types: '(DOUBLE) → DOUBLE' },
    build: ([value], add) =>
      isNumeric(value!.type)
        ? add('quantile_cont', [asQuantile(value!), literal('DOUBLE', 0.5)], 'DOUBLE')
        : null,
  },
  {
    ...{ name: 'approx_median', aliases: ['appx_median'], argCount: 1, takes: 'a number' },
    ...{ summary: 'About the value in the middle, by t-digest.', types: '(DOUBLE) → DOUBLE' },
    build: ([value], add) => percentileOf('tdigest', 50).build([value!], add),
  },
  HISTOGRAM,
  witness('arg_min', ['exprmin', 'min_by'], 'The value beside the least key.'),
  witness('arg_max', ['exprmax', 'max_by'], 'The value beside the greatest key.'),
  timed('first_with_time', 'arg_min', 'The value with the earliest time, of the type named.'),
  timed('last_with_time', 'arg_max', 'The value with the latest time, of the type named.'),
  {
    ...{ name: 'regr_count', aliases: [], argCount: 2, takes: 'two columns' },
    ...{ summary: 'How many pairs are without NULL.', types: '(ANY, ANY) → BIGINT' },
    build: ([y, x], add) => {
      const arePresent = [y!, x!].map((value) => call('is_not_null', [value], 'BOOLEAN'));
      return add('count', [], 'BIGINT', call('and', arePresent, 'BOOLEAN'));
    },
  },
];

const byName: ReadonlyMap<string, DerivedAggregate> = new Map(
  DERIVED_AGGREGATES.flatMap((one) =>
    [one.name, ...one.aliases].map((name) => [foldFunctionName(name), one] as const),
  ),
);

/** The derived aggregate of this name, without regard to case and underscores. */
export function findDerivedAggregate(name: string): DerivedAggregate | undefined {
  const folded = foldFunctionName(name);
  const [, kind, percent] =
    /^percentile(|est|tdigest|kll|rawtdigest|rawkll)(\d{1,2}|100)$/.exec(folded) ?? [];
  return percent === undefined ? byName.get(folded) : percentileOf(kind!, Number(percent));
}

/** Pinot's older spelling: `percentile95(x)` is `percentile(x, 95)`, `percentileKLL95` likewise. */
function percentileOf(kind: string, percent: number): DerivedAggregate {
  const signature = findAggregate(`percentile${kind}`)!;
  const [{ divisor = 1 } = {}, size] = signature.constants;
  const constants = [percent / divisor, ...(size === undefined ? [] : [size.default])];
  return {
    ...{ name: `percentile${kind}${percent}`, aliases: [], argCount: 1, takes: 'a number' },
    ...{ summary: `The same as ${signature.name}.`, types: '(DOUBLE) → ANY' },
    build: ([value], add) => {
      const types = isNumeric(value!.type) ? signature.resolve(value!.type) : null;
      if (types === null) return null;
      const column = types.argument === value!.type ? value! : asDouble(value!);
      const args = constants.map((constant) => literal('DOUBLE', constant));
      return add(signature.function, [column, ...args], types.result);
    },
  };
}

/** True when a name is that of an aggregate, of any kind. */
export function isAggregate(name: string): boolean {
  return (
    findAggregate(name) !== undefined ||
    findDerivedAggregate(name) !== undefined ||
    findSpecialAggregate(name) !== undefined ||
    aggregateOfElements(name) !== null
  );
}

function extremeOfFlags(
  extreme: 'min' | 'max',
  [value]: readonly Expression[],
  add: AddAggregate,
): Expression | null {
  return value!.type === 'BOOLEAN' ? add(extreme, [value!], 'BOOLEAN') : null;
}

function witness(
  name: 'arg_min' | 'arg_max',
  aliases: readonly string[],
  summary: string,
): DerivedAggregate {
  return {
    ...{ name, aliases, argCount: 2, summary, types: '(ANY, ANY) → ANY' },
    takes: 'a value and a key that is a number, a date or a BOOLEAN',
    build: ([value, key], add) =>
      isText(key!.type) || isWideDecimal(key!.type) ? null : add(name, [value!, key!], value!.type),
  };
}

/** Pinot's `LAST_WITH_TIME(value, time, 'type')`: the type is the value's, or another number's. */
function timed(name: string, kind: 'arg_min' | 'arg_max', summary: string): DerivedAggregate {
  return {
    ...{ name, aliases: [], argCount: 3, summary, types: '(ANY, ANY, STRING) → ANY' },
    takes: "a value, a time and the value's type as text",
    build: ([value, time, type], add) => {
      if (type!.kind !== 'literal' || isText(time!.type) || isWideDecimal(time!.type)) return null;
      const asked = knownType(String(type!.value));
      if (asked === undefined) return null;
      const found = add(kind, [value!, time!], value!.type);
      if (asked === value!.type) return found;
      return isNumeric(asked) && isNumeric(value!.type) ? call('cast', [found], asked) : null;
    },
  };
}

/** Decimals are interpolated as doubles. */
function asQuantile(value: Expression): Expression {
  return isDecimal(value.type) ? asDouble(value) : value;
}

function asDouble(value: Expression): Expression {
  return value.type === 'DOUBLE' ? value : call('cast', [value], 'DOUBLE');
}
