import type { DataType } from '../../src/base/types.ts';
import { AGGREGATE_ENTRIES, type AggregateEntry } from './catalogue/aggregates.ts';
import { INTEGERS, TYPES } from './catalogue/entry.ts';
import type { TermMaker } from './random-terms.ts';
import { type Dialect, type Operator, operatorsIn, type Term, termText } from './term.ts';

/** A statement, in parts that can be left out one by one. */
export interface RandomQuery {
  readonly distinct: boolean;
  readonly outputs: readonly Output[];
  readonly where: Term | null;
  /** Null for a query without groups and aggregates. */
  readonly groups: Groups | null;
  readonly order: readonly OrderItem[];
  readonly limit: number | null;
  readonly offset: number;
}

/** A column of the answer. */
export type Output = TermOutput | AggregateOutput;

/** A term over the table's columns. */
export interface TermOutput {
  readonly kind: 'term';
  readonly term: Term;
}

/** An aggregate, and what is calculated from its result. */
export interface AggregateOutput {
  readonly kind: 'aggregate';
  readonly entry: AggregateEntry;
  readonly args: readonly Term[];
  readonly distinct: boolean;
  readonly filter: Term | null;
  /** `$1` is the aggregate. */
  readonly wrapper: string;
}

/** GROUP BY of the first outputs, and HAVING. */
export interface Groups {
  readonly keyCount: number;
  readonly kind: 'plain' | 'ROLLUP' | 'CUBE' | 'GROUPING SETS';
  readonly having: { readonly aggregate: AggregateOutput; readonly test: string } | null;
}

/** One key of ORDER BY: an output by its position from 0. */
export interface OrderItem {
  readonly output: number;
  readonly suffix: string;
}

/** A statement in the part of SQL on which DuckDB and Nyala agree by design. */
export function randomQuery(maker: TermMaker): RandomQuery {
  return maker.prng.float() < 0.6 ? aggregateQuery(maker) : selectQuery(maker);
}

/** The SQL of a query. */
export function queryText(query: RandomQuery, dialect: Dialect): string {
  const { distinct, outputs, where, groups, order, limit, offset } = query;
  const parts = ['SELECT'];
  if (distinct) parts.push('DISTINCT');
  parts.push(outputs.map((output) => outputText(output, dialect)).join(', '), 'FROM t');
  if (where !== null) parts.push('WHERE', termText(where, dialect));
  if (groups !== null) parts.push(...groupsText(groups, outputs, dialect));
  if (order.length > 0) parts.push('ORDER BY', order.map(orderText).join(', '));
  if (limit !== null) parts.push(`LIMIT ${limit}`);
  if (offset > 0) parts.push(`OFFSET ${offset}`);
  return parts.join(' ');
}

/** Every entry of the catalogue that a query has. */
export function operatorsOf({ outputs, where, groups }: RandomQuery): Operator[] {
  const having = groups?.having?.aggregate;
  const all = having === undefined ? outputs : [...outputs, having];
  return [
    ...(where === null ? [] : operatorsIn(where)),
    ...all.flatMap((output) => {
      if (output.kind === 'term') return operatorsIn(output.term);
      const { entry, args, filter } = output;
      return [entry, ...args, ...(filter === null ? [] : [filter])].flatMap((part) =>
        'kind' in part ? operatorsIn(part) : [part],
      );
    }),
  ];
}

/** True when an output may differ in its last digits. */
export function isInexact(output: Output): boolean {
  if (output.kind === 'aggregate') return output.entry.inexact;
  return output.term.kind === 'call' && output.term.operator.inexact;
}

function outputText(output: Output, dialect: Dialect): string {
  if (output.kind === 'term') return termText(output.term, dialect);
  const { entry, args, distinct, filter, wrapper } = output;
  const call = termText({ kind: 'call', operator: entry, args }, dialect)
    .replaceAll('[D]', () => (distinct ? 'DISTINCT ' : ''))
    .replaceAll('[F]', () =>
      filter === null ? '' : ` FILTER (WHERE ${termText(filter, dialect)})`,
    );
  return wrapper.replaceAll('$1', () => call);
}

function groupsText(groups: Groups, outputs: readonly Output[], dialect: Dialect): string[] {
  const { keyCount, kind, having } = groups;
  const keys = outputs.slice(0, keyCount);
  const parts: string[] = [];
  if (keyCount > 0) {
    const list = keys.map((key) => outputText(key, dialect));
    parts.push('GROUP BY');
    if (kind === 'plain') parts.push(keys.map((_, at) => at + 1).join(', '));
    // Written out, because DuckDB does not take positions in sets.
    else if (kind === 'GROUPING SETS')
      parts.push(`${kind} ((${list.join(', ')}), (${list[0]}), ())`);
    else parts.push(`${kind} (${list.join(', ')})`);
  }
  if (having !== null)
    parts.push('HAVING', `${outputText(having.aggregate, dialect)} ${having.test}`);
  return parts;
}

function orderText({ output, suffix }: OrderItem): string {
  return `${output + 1}${suffix}`;
}

function aggregateQuery(maker: TermMaker): RandomQuery {
  const { prng } = maker;
  const keys = Array.from({ length: prng.pick([0, 1, 1, 1, 2, 2, 3]) }, () => randomKey(maker));
  const aggregates = Array.from({ length: prng.integer(1, 5) }, () => randomAggregate(maker));
  const outputs = [...keys, ...aggregates];
  const isSets = keys.length > 0 && prng.float() < 0.2;
  const kind = isSets ? prng.pick(['ROLLUP', 'CUBE', 'GROUPING SETS'] as const) : 'plain';
  const having = prng.float() < 0.2 ? randomHaving(maker) : null;
  const isOrdered = keys.length > 0 && prng.float() < 0.5;
  // Rows of several sets may have equal keys, and then LIMIT has no one answer.
  const isLimited = isOrdered && !isSets && prng.float() < 0.5;
  return {
    distinct: prng.float() < 0.05 && !outputs.some(isInexact),
    outputs,
    where: prng.float() < 0.6 ? randomCondition(maker) : null,
    groups: { keyCount: keys.length, kind, having },
    order: isOrdered
      ? randomOrder(
          maker,
          keys.map((_, at) => at),
        )
      : [],
    limit: isLimited ? prng.integer(0, 12) : null,
    offset: isLimited && prng.float() < 0.3 ? prng.integer(0, 5) : 0,
  };
}

function selectQuery(maker: TermMaker): RandomQuery {
  const { prng } = maker;
  const distinct = prng.float() < 0.2;
  const terms = Array.from({ length: prng.integer(1, 5) }, (): TermOutput => {
    const type = prng.pick(TYPES);
    return { kind: 'term', term: maker.term({ type, depth: 2, inexact: !distinct }) };
  });
  const where = prng.float() < 0.7 ? randomCondition(maker) : null;
  if (prng.float() < 0.3) return { ...PLAIN, distinct, outputs: terms, where };
  // The id makes the order total, so that LIMIT has one answer.
  const id: TermOutput = { kind: 'term', term: ID };
  const outputs = [...terms, id];
  const keys = outputs.flatMap((output, at) =>
    at < terms.length && !isInexact(output) ? [at] : [],
  );
  const isLimited = prng.float() < 0.6;
  return {
    ...PLAIN,
    distinct,
    outputs,
    where,
    order: [...randomOrder(maker, keys.slice(0, 3)), { output: terms.length, suffix: '' }],
    limit: isLimited ? prng.pick([0, 1, 7, 100]) : null,
    offset: isLimited && prng.float() < 0.3 ? prng.integer(0, 20) : 0,
  };
}

const PLAIN: Omit<RandomQuery, 'outputs'> = {
  distinct: false,
  where: null,
  groups: null,
  order: [],
  limit: null,
  offset: 0,
};

const ID: Term = {
  kind: 'leaf',
  type: 'INT',
  text: { nyala: 'id', duckdb: 'id' },
  bounds: { bits: 13, summable: true },
};

function randomKey(maker: TermMaker): TermOutput {
  const type = maker.prng.pick(TYPES);
  for (;;) {
    const term = maker.term({ type, depth: maker.prng.pick([0, 0, 1, 2]) });
    // A literal in a set would be a position, and so would a number with a sign.
    const text = termText(term, 'nyala');
    const isColumn = /^[a-z_]+$/.test(text);
    if (isColumn || (term.kind === 'call' && /[a-z]/i.test(text))) return { kind: 'term', term };
  }
}

function randomCondition(maker: TermMaker): Term {
  return maker.term({ type: 'BOOLEAN', depth: maker.prng.pick([1, 2, 2, 3]) });
}

function randomAggregate(maker: TermMaker): AggregateOutput {
  const { prng } = maker;
  const entry = maker.pick(AGGREGATE_ENTRIES);
  return {
    kind: 'aggregate',
    entry,
    args: maker.args(entry, prng.pick([0, 1, 1, 2]), entry.addsUp),
    distinct: entry.template.nyala.includes('[D]') && prng.float() < 0.25,
    filter: prng.float() < 0.25 ? randomCondition(maker) : null,
    wrapper: wrapperOf(maker, entry),
  };
}

function wrapperOf({ prng }: TermMaker, { result, inexact }: AggregateEntry): string {
  if (inexact || !INTEGERS.includes(result) || prng.float() < 0.8) return '$1';
  return prng.pick(['(- $1)', '($1 % 7)', 'coalesce($1, 0)', '($1 IS NULL)', 'abs($1)']);
}

const COMPARABLE: readonly DataType[] = ['INT', 'BIGINT'];

function randomHaving(maker: TermMaker): NonNullable<Groups['having']> {
  const entries = AGGREGATE_ENTRIES.filter(({ inexact }) => !inexact);
  const entry = maker.prng.pick(entries);
  const aggregate: AggregateOutput = {
    kind: 'aggregate',
    entry,
    args: maker.args(entry, 1, entry.addsUp),
    distinct: false,
    filter: null,
    wrapper: '$1',
  };
  const tests = COMPARABLE.includes(entry.result) ? ['> 2', '<= 100', '<> 0'] : ['IS NOT NULL'];
  return { aggregate, test: maker.prng.pick(tests) };
}

function randomOrder({ prng }: TermMaker, outputs: readonly number[]): OrderItem[] {
  return outputs.map((output) => {
    const direction = prng.pick(['', ' ASC', ' DESC']);
    return { output, suffix: `${direction}${prng.pick(['', ' NULLS FIRST', ' NULLS LAST'])}` };
  });
}
