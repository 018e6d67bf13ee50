import { type DataType, isNumeric } from '../base/types.ts';
import { findAggregate } from './aggregates.ts';
import type { AggregateFunction, Expression } from './expression.ts';
import { call, literal } from './expression-tools.ts';
import { knownType } from './type-names.ts';

/** Adds an aggregate to the query; the result stands for its value. */
export type AddAggregate = (
  name: AggregateFunction,
  args: readonly Expression[],
  type: DataType,
  /** Counts or adds up only these rows, beside the FILTER of the whole. */
  condition?: Expression,
) => Expression;

/** An aggregate that is an expression over others. */
export interface DerivedAggregate {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly argCount: number;
  /** What it takes, for the error about something else. */
  readonly takes: string;
  /** Null when the arguments do not fit. */
  readonly build: (args: readonly Expression[], add: AddAggregate) => Expression | null;
}

const DERIVED: readonly DerivedAggregate[] = [
  extremeOfFlags('bool_and', ['every', 'logical_and'], 'min'),
  extremeOfFlags('bool_or', ['logical_or'], 'max'),
  derived('any_value', ['arbitrary'], 1, 'a column', ([value], add) =>
    add('min', [value!], value!.type),
  ),
  derived('count_if', [], 1, 'a condition', ([condition], add) =>
    condition!.type === 'BOOLEAN' ? add('count', [], 'BIGINT', condition!) : null,
  ),
  derived('min_max_range', [], 1, 'a number', ([value], add) =>
    isNumeric(value!.type)
      ? call(
          'subtract',
          (['max', 'min'] as const).map((name) => asDouble(add(name, [value!], value!.type))),
          'DOUBLE',
        )
      : null,
  ),
  derived('sum0', [], 1, 'a number', ([value], add) => {
    if (!isNumeric(value!.type)) return null;
    const isWhole = value!.type === 'INT' || value!.type === 'BIGINT';
    const type = isWhole ? 'BIGINT' : 'DOUBLE';
    const none = isWhole ? literal(type, 0n) : literal(type, 0);
    return call('coalesce', [add('sum', [value!], type), none], type);
  }),
  derived('median', [], 1, 'a number', ([value], add) =>
    isNumeric(value!.type)
      ? add('quantile_cont', [value!, literal('DOUBLE', 0.5)], 'DOUBLE')
      : null,
  ),
  witness('arg_min', ['exprmin', 'min_by'], 'arg_min'),
  witness('arg_max', ['exprmax', 'max_by'], 'arg_max'),
  timed('first_with_time', 'arg_min'),
  timed('last_with_time', 'arg_max'),
  derived('regr_count', [], 2, 'two columns', ([y, x], add) => {
    const arePresent = [y!, x!].map((value) => call('is_not_null', [value], 'BOOLEAN'));
    return add('count', [], 'BIGINT', call('and', arePresent, 'BOOLEAN'));
  }),
];

const byName: ReadonlyMap<string, DerivedAggregate> = new Map(
  DERIVED.flatMap((one) => [one.name, ...one.aliases].map((name) => [fold(name), one] as const)),
);

/** Their names, for suggestions after a misspelt function. */
export const DERIVED_AGGREGATE_NAMES: readonly string[] = DERIVED.map(({ name }) => name);

/** The derived aggregate of this name, without regard to case and underscores. */
export function findDerivedAggregate(name: string): DerivedAggregate | undefined {
  const percent = /^percentile(\d{1,2}|100)$/.exec(fold(name))?.[1];
  return percent === undefined ? byName.get(fold(name)) : percentileOf(Number(percent));
}

/** Pinot's older spelling: `percentile95(x)` is `percentile(x, 95)`. */
function percentileOf(percent: number): DerivedAggregate {
  return derived(`percentile${percent}`, [], 1, 'a number', ([value], add) =>
    isNumeric(value!.type)
      ? add('percentile', [value!, literal('DOUBLE', percent)], 'DOUBLE')
      : null,
  );
}

/** True when a name is that of an aggregate, derived or not. */
export function isAggregate(name: string): boolean {
  return findAggregate(name) !== undefined || findDerivedAggregate(name) !== undefined;
}

function derived(
  name: string,
  aliases: readonly string[],
  argCount: number,
  takes: string,
  build: DerivedAggregate['build'],
): DerivedAggregate {
  return { name, aliases, argCount, takes, build };
}

function extremeOfFlags(
  name: string,
  aliases: readonly string[],
  extreme: 'min' | 'max',
): DerivedAggregate {
  return derived(name, aliases, 1, 'a BOOLEAN', ([value], add) =>
    value!.type === 'BOOLEAN' ? add(extreme, [value!], 'BOOLEAN') : null,
  );
}

/** The value beside the least or greatest key. */
function witness(
  name: string,
  aliases: readonly string[],
  kind: 'arg_min' | 'arg_max',
): DerivedAggregate {
  const takes = 'a value and a key that is a number, a date or a BOOLEAN';
  return derived(name, aliases, 2, takes, ([value, key], add) =>
    key!.type === 'STRING' ? null : add(kind, [value!, key!], value!.type),
  );
}

/** Pinot's `LAST_WITH_TIME(value, time, 'type')`: the type is the value's, or another number's. */
function timed(name: string, kind: 'arg_min' | 'arg_max'): DerivedAggregate {
  const takes = "a value, a time and the value's type as text";
  return derived(name, [], 3, takes, ([value, time, type], add) => {
    if (type!.kind !== 'literal' || time!.type === 'STRING') return null;
    const asked = knownType(String(type!.value));
    if (asked === undefined) return null;
    const found = add(kind, [value!, time!], value!.type);
    if (asked === value!.type) return found;
    return isNumeric(asked) && isNumeric(value!.type) ? call('cast', [found], asked) : null;
  });
}

function asDouble(value: Expression): Expression {
  return value.type === 'DOUBLE' ? value : call('cast', [value], 'DOUBLE');
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
