import type { AnswerShape } from '../../bench/compare-answers.ts';
import type { DataType } from '../../src/base/types.ts';
import { AGGREGATE_ENTRIES, type AggregateEntry } from './catalogue/aggregates.ts';
import { INTEGERS } from './catalogue/entry.ts';
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
export type Output = TermOutput | AggregateOutput | GroupingOutput;

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

/** GROUPING of all keys. */
export interface GroupingOutput {
  readonly kind: 'grouping';
}

/** GROUP BY of the first outputs, and HAVING. */
export interface Groups {
  readonly keyCount: number;
  readonly kind: 'plain' | 'ROLLUP' | 'CUBE' | 'GROUPING SETS';
  readonly having: { readonly aggregate: AggregateOutput; readonly test: string } | null;
}

/** One key of ORDER BY: an output by its position from 0, or something that is no output. */
export interface OrderItem {
  readonly key: number | TermOutput | AggregateOutput;
  /** True for an output that is written out, not named by its position. */
  readonly isSpelled: boolean;
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
  const keys = outputs.slice(0, groups?.keyCount ?? 0);
  const texts = outputs.map((output) =>
    output.kind === 'grouping'
      ? `grouping(${keys.map((key) => outputText(key, dialect)).join(', ')})`
      : outputText(output, dialect),
  );
  parts.push(texts.join(', '), 'FROM t');
  if (where !== null) parts.push('WHERE', termText(where, dialect));
  if (groups !== null) parts.push(...groupsText(groups, outputs, dialect));
  if (order.length > 0) {
    const texts = order.map((item) => orderText(item, outputs, dialect));
    parts.push('ORDER BY', texts.join(', '));
  }
  if (limit !== null) parts.push(`LIMIT ${limit}`);
  if (offset > 0) parts.push(`OFFSET ${offset}`);
  return parts.join(' ');
}

/** How the answer to a query is ordered. */
export function shapeOfAnswer({ order }: RandomQuery): AnswerShape {
  const sortKeys = order.flatMap(({ key }) => (typeof key === 'number' ? [key] : []));
  // With a key that is no output the order is made total, see `randomOrder`.
  if (sortKeys.length < order.length) return { ordered: 'total' };
  return { ordered: order.length === 0 ? 'none' : 'ties', sortKeys };
}

/** Every entry of the catalogue that a query has. */
export function operatorsOf({ outputs, where, groups, order }: RandomQuery): Operator[] {
  const having = groups?.having?.aggregate;
  const sorted = order.flatMap(({ key }) => (typeof key === 'number' ? [] : [key]));
  const all = [...outputs, ...sorted, ...(having === undefined ? [] : [having])];
  return [
    ...(where === null ? [] : operatorsIn(where)),
    ...all.flatMap((output) => {
      if (output.kind === 'grouping') return [];
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
  if (output.kind === 'grouping') return false;
  if (output.kind === 'aggregate') return output.entry.inexact;
  return output.term.kind === 'call' && output.term.operator.inexact;
}

function outputText(output: Output, dialect: Dialect): string {
  if (output.kind === 'grouping') throw new Error('GROUPING is written beside its keys');
  if (output.kind === 'term') return termText(output.term, dialect);
  const { entry, args, distinct, filter, wrapper } = output;
  const call = termText({ kind: 'call', operator: entry, args }, dialect)
    .replaceAll('[D]', () => (distinct ? 'DISTINCT ' : ''))
    .replaceAll('[F]', () =>
      filter === null ? '' : ` FILTER (WHERE ${termText(filter, dialect)})`,
    );
  if (wrapper === '$1') return call;
  // DuckDB calculates in the type of the aggregate, however narrow.
  const value = dialect === 'duckdb' ? `CAST(${call} AS BIGINT)` : call;
  return wrapper.replaceAll('$1', () => value);
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

function orderText(
  { key, isSpelled, suffix }: OrderItem,
  outputs: readonly Output[],
  dialect: Dialect,
): string {
  if (typeof key !== 'number') return `${outputText(key, dialect)}${suffix}`;
  return `${isSpelled ? outputText(outputs[key]!, dialect) : key + 1}${suffix}`;
}

function aggregateQuery(maker: TermMaker): RandomQuery {
  const { prng } = maker;
  const keys = Array.from({ length: prng.pick([0, 1, 1, 1, 2, 2, 3]) }, () => randomKey(maker));
  const aggregates = Array.from({ length: prng.integer(1, 5) }, () => randomAggregate(maker));
  const isSets = keys.length > 0 && prng.float() < 0.2;
  const kind = isSets ? prng.pick(['ROLLUP', 'CUBE', 'GROUPING SETS'] as const) : 'plain';
  const grouping: Output[] = isSets && prng.float() < 0.5 ? [{ kind: 'grouping' }] : [];
  const outputs = [...keys, ...aggregates, ...grouping];
  const having = prng.float() < 0.2 ? randomHaving(maker) : null;
  const isOrdered = keys.length > 0 && prng.float() < 0.5;
  // Rows of several sets may have equal keys, and then LIMIT has no one answer.
  const isLimited = isOrdered && !isSets && prng.float() < 0.5;
  const distinct = prng.float() < 0.05 && !outputs.some(isInexact);
  const hidden = isOrdered && !isSets && !distinct && prng.float() < 0.3;
  const order = isOrdered
    ? randomOrder(
        maker,
        keys,
        keys.map((_, at) => at),
      )
    : [];
  return {
    distinct,
    outputs,
    where: prng.float() < 0.6 ? randomCondition(maker) : null,
    groups: { keyCount: keys.length, kind, having },
    order: hidden ? [hiddenItem(maker, exactAggregate(maker)), ...order] : order,
    limit: isLimited ? prng.integer(0, 12) : null,
    offset: isLimited && prng.float() < 0.3 ? prng.integer(0, 5) : 0,
  };
}

function selectQuery(maker: TermMaker): RandomQuery {
  const { prng } = maker;
  const distinct = prng.float() < 0.2;
  const terms = Array.from({ length: prng.integer(1, 5) }, (): TermOutput => {
    if (prng.float() < 0.4) return { kind: 'term', term: maker.neglected(1, !distinct) };
    const type = maker.type();
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
  const hidden = !distinct && prng.float() < 0.3 ? [hiddenItem(maker, hiddenTerm(maker))] : [];
  return {
    ...PLAIN,
    distinct,
    outputs,
    where,
    order: [
      ...hidden,
      ...randomOrder(maker, terms, keys.slice(0, 3)),
      { key: terms.length, isSpelled: false, suffix: '' },
    ],
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
  for (;;) {
    const term = maker.term({ type: maker.type(), depth: maker.prng.pick([0, 0, 1, 2]) });
    if (isKey(term)) return { kind: 'term', term };
  }
}

/** A literal in a set would be a position, and so would a number with a sign. */
function isKey(term: Term): boolean {
  const text = termText(term, 'nyala');
  return /^[a-z_]+$/.test(text) || (term.kind === 'call' && /[a-z]/i.test(text));
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
  const aggregate = exactAggregate(maker);
  const isCounted = COMPARABLE.includes(aggregate.entry.result);
  const tests = isCounted ? ['> 2', '<= 100', '<> 0'] : ['IS NOT NULL'];
  return { aggregate, test: maker.prng.pick(tests) };
}

/** An aggregate that may be compared with and sorted by. */
function exactAggregate(maker: TermMaker): AggregateOutput {
  const entry = maker.pick(AGGREGATE_ENTRIES.filter(({ inexact }) => !inexact));
  return {
    kind: 'aggregate',
    entry,
    args: maker.args(entry, 1, entry.addsUp),
    distinct: false,
    filter: null,
    wrapper: '$1',
  };
}

/** A term to sort by; a literal would be a position. */
function hiddenTerm(maker: TermMaker): TermOutput {
  return randomKey(maker);
}

function hiddenItem(maker: TermMaker, key: TermOutput | AggregateOutput): OrderItem {
  return { key, isSpelled: true, suffix: randomDirection(maker) };
}

/** By all of some outputs: what comes before them in ORDER BY is sorted totally where they are unique. */
function randomOrder(
  maker: TermMaker,
  outputs: readonly TermOutput[],
  keys: readonly number[],
): OrderItem[] {
  return keys.map((key) => {
    const isSpelled = maker.prng.float() < 0.3 && isKey(outputs[key]!.term);
    return { key, isSpelled, suffix: randomDirection(maker) };
  });
}

function randomDirection({ prng }: TermMaker): string {
  return `${prng.pick(['', ' ASC', ' DESC'])}${prng.pick(['', ' NULLS FIRST', ' NULLS LAST'])}`;
}
