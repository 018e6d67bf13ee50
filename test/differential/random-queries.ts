import type { Prng } from '../../src/base/prng.ts';

/** A statement, and which of its output columns order the answer. */
export interface RandomQuery {
  readonly sql: string;
  /** Number of output columns that the ORDER BY names from the left; 0 for any order. */
  readonly sortKeys: number;
}

const NUMBERS = ['small', 'wide', 'measure', 'id', 'single', 'quarter'];
const KEYS = [
  'flag',
  'small',
  'word',
  'label',
  'day',
  'ratio',
  "DATE_TRUNC('month', moment)",
  'EXTRACT(year FROM day)',
  'UPPER(word)',
  'small % 3',
  'FLOOR(measure / 100000000)',
  'CASE WHEN small > 3 THEN word ELSE label END',
  'LENGTH(word)',
  'flag AND small > 0',
  'moment',
  'wide',
  'single',
  'quarter',
];

/** A statement in the part of SQL on which DuckDB and Nyala agree by design. */
export function randomQuery(prng: Prng): RandomQuery {
  return prng.float() < 0.65 ? aggregateQuery(prng) : selectQuery(prng);
}

function aggregateQuery(prng: Prng): RandomQuery {
  const keys = sample(prng, KEYS, prng.pick([0, 1, 1, 1, 2, 2, 3]));
  const aggregates = Array.from({ length: prng.integer(1, 4) }, () => aggregate(prng));
  const where = prng.float() < 0.6 ? ` WHERE ${predicate(prng, 2)}` : '';
  const isSets = keys.length > 0 && prng.float() < 0.2;
  const elements = isSets ? groupingSets(prng, keys) : keys.map((_, at) => at + 1).join(', ');
  const groupBy = keys.length === 0 ? '' : ` GROUP BY ${elements}`;
  const having = keys.length > 0 && prng.float() < 0.25 ? ' HAVING COUNT(*) > 2' : '';
  const isOrdered = keys.length > 0 && prng.float() < 0.5;
  const orderBy = isOrdered ? ` ORDER BY ${orderKeys(prng, keys.length)}` : '';
  // Rows of several sets may have equal keys, and then LIMIT has no one answer.
  const isLimited = isOrdered && !isSets && prng.float() < 0.5;
  const limit = isLimited ? ` LIMIT ${prng.integer(0, 12)}` : '';
  const outputs = [...keys, ...aggregates].join(', ');
  return {
    sql: `SELECT ${outputs} FROM t${where}${groupBy}${having}${orderBy}${limit}`,
    sortKeys: isOrdered ? keys.length : 0,
  };
}

/** Written out, because DuckDB does not take positions in sets. */
function groupingSets(prng: Prng, keys: readonly string[]): string {
  const list = keys.join(', ');
  return prng.pick([
    `ROLLUP (${list})`,
    `CUBE (${list})`,
    `GROUPING SETS ((${list}), (${keys[0]}), ())`,
  ]);
}

function selectQuery(prng: Prng): RandomQuery {
  const keys = sample(prng, [...KEYS, 'id'], prng.integer(1, 3));
  const where = prng.float() < 0.7 ? ` WHERE ${predicate(prng, 2)}` : '';
  if (prng.float() < 0.3) {
    const distinct = prng.float() < 0.5 ? 'DISTINCT ' : '';
    return { sql: `SELECT ${distinct}${keys.join(', ')} FROM t${where}`, sortKeys: 0 };
  }
  // The id makes the order total, so that LIMIT has one answer.
  const outputs = [...keys, 'id'];
  const limit = prng.float() < 0.7 ? ` LIMIT ${prng.pick([0, 1, 7, 100])}` : '';
  const offset = limit !== '' && prng.float() < 0.3 ? ` OFFSET ${prng.integer(0, 20)}` : '';
  const orderBy = orderKeys(prng, outputs.length);
  return {
    sql: `SELECT ${outputs.join(', ')} FROM t${where} ORDER BY ${orderBy}${limit}${offset}`,
    sortKeys: outputs.length,
  };
}

function orderKeys(prng: Prng, count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const direction = prng.pick(['', ' ASC', ' DESC']);
    return `${at + 1}${direction}${prng.pick(['', ' NULLS FIRST', ' NULLS LAST'])}`;
  }).join(', ');
}

function aggregate(prng: Prng): string {
  const argument = prng.pick([...NUMBERS, 'small * 3 - id', 'ABS(small)', 'wide + small']);
  const call = prng.pick([
    'COUNT(*)',
    `COUNT(${prng.pick(KEYS)})`,
    `SUM(${argument})`,
    `AVG(${argument})`,
    `MIN(${prng.pick([...NUMBERS, ...KEYS])})`,
    `MAX(${prng.pick([...NUMBERS, ...KEYS])})`,
    `COUNT(DISTINCT ${prng.pick(KEYS)})`,
    `${prng.pick(['SUM', 'AVG'])}(DISTINCT ${argument})`,
    // Of no rows DuckDB says NULL.
    `COALESCE(COUNT_IF(${predicate(prng, 0)}), 0)`,
    // By a key without ties: of several values DuckDB takes whichever comes first.
    `${prng.pick(['ARG_MIN', 'ARG_MAX'])}(${prng.pick(KEYS)}, id)`,
    `${prng.pick(['BOOL_AND', 'BOOL_OR'])}(${prng.pick(['flag', 'small > 3', 'word < label'])})`,
    `STRING_AGG(${prng.pick(['word', 'label', 'UPPER(word)'])}, '|' ORDER BY ${listOrder(prng)}id)`,
    `STRING_AGG(DISTINCT word, ', ' ORDER BY word${prng.pick(['', ' DESC'])})`,
    momentAggregate(prng, argument),
    quantile(prng, argument),
  ]);
  const mayFilter = /^(?!ROUND|COALESCE)[A-Z_]+\(/.test(call);
  return mayFilter && prng.float() < 0.25 ? `${call} FILTER (WHERE ${predicate(prng, 1)})` : call;
}

/** Keys before the one that makes the order total. */
function listOrder(prng: Prng): string {
  const direction = prng.pick(['', ' DESC']);
  const nulls = prng.pick([' NULLS FIRST', ' NULLS LAST']);
  return prng.pick(['', `${prng.pick(['small', 'word', 'day', 'flag'])}${direction}${nulls}, `]);
}

/** Answers are compared by their leading digits, of which there are none in a sum that cancels out. */
function unlessTiny(call: string): string {
  return `CASE WHEN ABS(${call}) > 0.001 THEN ${call} END`;
}

function momentAggregate(prng: Prng, argument: string): string {
  // Where all values are equal some of these are NULL here, as in the standard, and NaN in DuckDB.
  const shape = unlessTiny(`${prng.pick(['SKEWNESS', 'KURTOSIS'])}(small)`);
  const name = prng.pick([
    ...['COVAR_POP', 'COVAR_SAMP', 'REGR_AVGX', 'REGR_AVGY'],
    ...['REGR_SXX', 'REGR_SYY', 'REGR_SXY'],
  ]);
  return prng.pick([
    `REGR_COUNT(${argument}, ${prng.pick(NUMBERS)})`,
    `${prng.pick(['VAR_POP', 'VAR_SAMP', 'STDDEV_POP', 'STDDEV_SAMP'])}(${argument})`,
    `CASE WHEN VAR_POP(small) > 0 THEN ${shape} END`,
    unlessTiny(`${name}(${argument}, ${prng.pick(NUMBERS)})`),
  ]);
}

function quantile(prng: Prng, argument: string): string {
  const fraction = prng.pick(['0', '0.25', '0.5', '0.9', '1']);
  return prng.pick([
    // DuckDB interpolates FLOAT as FLOAT.
    `MEDIAN(CAST(${argument} AS DOUBLE))`,
    unlessTiny(`QUANTILE_CONT(CAST(${argument} AS DOUBLE), ${fraction})`),
    `QUANTILE_DISC(${prng.pick([...NUMBERS, ...KEYS])}, ${fraction})`,
  ]);
}

function predicate(prng: Prng, depth: number): string {
  if (depth > 0 && prng.float() < 0.5) {
    const inner = () => predicate(prng, depth - 1);
    return prng.pick([
      () => `(${inner()} AND ${inner()})`,
      () => `(${inner()} OR ${inner()})`,
      () => `NOT (${inner()})`,
    ])();
  }
  const comparison = prng.pick(['=', '<>', '<', '<=', '>', '>=']);
  return prng.pick([
    `small ${comparison} ${prng.integer(-22, 22)}`,
    `wide ${comparison} ${prng.integer(-1e6, 1e6)}`,
    `measure ${comparison} ${prng.integer(-5e8, 5e8)}.5`,
    `ratio ${comparison} ${prng.pick(['0', '1', '0.5', '-1.25'])}`,
    `single ${comparison} ${prng.integer(-2000, 2000)}.25`,
    `quarter ${comparison} ${prng.pick(['0', '0.5', '-1'])}`,
    `id ${comparison} ${prng.integer(0, 3000)}`,
    `word ${comparison} '${prng.pick(['a', 'Oslo', 'ÿ', 'zz', ''])}'`,
    `day ${comparison} DATE '${prng.integer(1970, 2020)}-0${prng.integer(1, 10)}-15'`,
    `moment ${comparison} TIMESTAMP '19${prng.pick(['69', '70'])}-06-15 12:30:00'`,
    `small BETWEEN ${prng.integer(-15, 0)} AND ${prng.integer(0, 15)}`,
    `small IN (1, 5, ${prng.integer(-9, 9)}, -11)`,
    `label IN ('label 7', 'label ${prng.integer(0, 400)}', 'none')`,
    `word LIKE '${prng.pick(['%o', 'O%', '%s%', '_', '%', 'a_'])}'`,
    "word LIKE 'x!_y' ESCAPE '!'",
    `${prng.pick(['flag', 'small', 'wide', 'word', 'moment'])} IS NULL`,
    `${prng.pick(['flag', 'ratio', 'label', 'day'])} IS NOT NULL`,
    'flag',
    'small < id % 40',
    `small + wide > ${prng.integer(-1000, 1000)}`,
    'LENGTH(word) > 1',
    'COALESCE(small, 7) = 7',
  ]);
}

function sample(prng: Prng, items: readonly string[], count: number): string[] {
  const rest = [...items];
  return Array.from({ length: count }, () => rest.splice(prng.integer(0, rest.length), 1)[0]!);
}
