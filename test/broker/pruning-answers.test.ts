import { afterAll, expect, it } from 'vitest';
import { formatDate, formatTimestamp } from '../../src/base/datetime.ts';
import { formatDecimal } from '../../src/base/decimal.ts';
import { Prng } from '../../src/base/prng.ts';
import type { DataType, TableSchema, Value } from '../../src/base/types.ts';
import { segmentsToAsk } from '../../src/broker/segment-pruning.ts';
import { columnRanges } from '../../src/coord/cluster/column-ranges.ts';
import { constantEvaluator } from '../../src/exec/constant-evaluator.ts';
import { reduce } from '../../src/exec/reduce.ts';
import { planQuery } from '../../src/sql/query.ts';
import { answerRows, buildSegments, memorySource, openEngine } from '../support/memory-table.ts';

const SCHEMA: TableSchema = {
  name: 't',
  columns: [
    { name: 'i', type: 'INT' },
    { name: 'l', type: 'BIGINT' },
    { name: 'd', type: 'DOUBLE' },
    { name: 'f', type: 'FLOAT' },
    { name: 's', type: 'STRING' },
    { name: 'day', type: 'DATE' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'm', type: 'DECIMAL(12,2)' },
  ],
};
const SEGMENTS = 12;
const SEGMENT_ROWS = 6;
const PREDICATES = 600;

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const random = new Prng(seed);
const engine = await openEngine(0, 128 * 1_048_576);
afterAll(() => engine.close());

const pick = <T>(items: readonly T[]): T => items[random.integer(0, items.length)]!;

const LONG = 'the same beginning of many texts';

/** A value near a place on the column's axis, so that segments differ. */
function valueNear(type: DataType, place: number): Value {
  const near = 10 * place + random.integer(0, 12);
  switch (type) {
    case 'INT':
    case 'DATE':
      return near - 40;
    case 'DOUBLE':
    case 'FLOAT':
      return pick([near / 2, near / 2, near / 2, -0, Number.NaN, Number.POSITIVE_INFINITY]);
    case 'STRING':
      return pick([
        String.fromCodePoint(0x61 + place, 0x61 + random.integer(0, 3)),
        `${String.fromCodePoint(0x61 + place)}${LONG}${near}`,
        `${LONG}${pick(['', '\ufffd', '\u{1f600}', '\u{10ffff}'])}${near}`,
      ]);
    default:
      return BigInt(near) * 100_003n;
  }
}

function literalOf(type: DataType, value: Exclude<Value, null>): string {
  switch (type) {
    case 'DATE':
      return `DATE '${formatDate(Number(value))}'`;
    case 'TIMESTAMP':
      return `'${formatTimestamp(BigInt(value))}'`;
    case 'STRING':
      return `'${value}'`;
    case 'DOUBLE':
    case 'FLOAT':
      return `CAST('${value}' AS ${type})`;
    case 'DECIMAL(12,2)':
      return formatDecimal(BigInt(value), 2);
    default:
      return String(value);
  }
}

function predicate(depth = 0): string {
  if (depth < 2 && random.float() < 0.35) {
    const [left, right] = [predicate(depth + 1), predicate(depth + 1)];
    return pick([`(${left} AND ${right})`, `(${left} OR ${right})`, `NOT (${left})`]);
  }
  const { name, type } = pick(SCHEMA.columns);
  const literal = () => literalOf(type, valueNear(type, random.integer(0, SEGMENTS))!);
  return pick([
    `${name} ${pick(['=', '<>', '<', '<=', '>', '>='])} ${literal()}`,
    `${name} = ${literal()}`,
    `${name} IN (${literal()}, ${literal()})`,
    `${name} BETWEEN ${literal()} AND ${literal()}`,
    `${name} IS ${pick(['', 'NOT '])}NULL`,
  ]);
}

it(`answers are the same with and without the segments that a broker leaves out (SEED=${seed})`, async () => {
  console.log(`SEED=${seed}`);
  const rows = Array.from({ length: SEGMENTS * SEGMENT_ROWS }, (_, row) => {
    const place = Math.floor(row / SEGMENT_ROWS);
    return SCHEMA.columns.map(({ type }, column) => {
      const isEmpty = place % 4 === 3 && column === place % SCHEMA.columns.length;
      return isEmpty || random.float() < 0.1 ? null : valueNear(type, place);
    });
  });
  const built = buildSegments(SCHEMA, rows, { segmentRows: SEGMENT_ROWS });
  for (const { metadata, file } of built) engine.addSegment(metadata, memorySource(file));
  const facts = new Map(
    built.map(({ metadata }) => {
      // Each knows some columns only.
      const names = SCHEMA.columns.map(({ name }) => name).filter(() => random.float() < 0.6);
      const { ranges } = JSON.parse(JSON.stringify(columnRanges(metadata, SCHEMA, names)));
      return [metadata.name, { rowCount: metadata.rowCount, ranges }];
    }),
  );
  const answerOf = async (sql: string, isPruned: boolean) => {
    const { plan } = planQuery(sql, {
      resolveTable: () => SCHEMA,
      tableNames: () => ['t'],
      nowMs: 0,
      evaluateConstant: constantEvaluator(engine.mainContext),
    });
    const factsOf = (name: string) => (isPruned ? facts.get(name)! : null);
    const asked = segmentsToAsk(plan.leaf!, facts.keys(), factsOf, SCHEMA);
    if (asked.length === 0)
      return { asked, rows: answerRows(reduce(plan, [], engine.mainContext)) };
    const { partial, release } = await engine.execute(plan.leaf!, asked, 60_000);
    const answer = answerRows(reduce(plan, [partial], engine.mainContext));
    release();
    return { asked, rows: answer };
  };
  let leftOut = 0;
  let asked = 0;
  for (let round = 0; round < PREDICATES; round++) {
    const sql = `SELECT COUNT(*), SUM(i), MIN(s), MAX(l) FROM t WHERE ${predicate()}`;
    const whole = await answerOf(sql, false);
    const pruned = await answerOf(sql, true);
    expect(pruned.rows, sql).toEqual(whole.rows);
    expect(whole.asked).toHaveLength(SEGMENTS);
    leftOut += SEGMENTS - pruned.asked.length;
    asked += pruned.asked.length;
  }
  expect(leftOut).toBeGreaterThan(0.1 * asked);
}, 60_000);
