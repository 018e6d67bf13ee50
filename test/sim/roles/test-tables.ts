import type { TableSchema } from '../../../src/base/types.ts';
import { SegmentBuilder } from '../../../src/segment/build.ts';

/** A segment as the model knows it: its tag and its values are of no other segment. */
export interface TestSegment {
  readonly table: string;
  /** What its rows say that they are of. */
  readonly tag: string;
  /** Its name in the table, which may be that of a segment that it has replaced. */
  readonly name: string;
  readonly values: readonly number[];
}

/** What a query answered: rows of JSON values. */
export type Rows = readonly (readonly unknown[])[];

/** A way to ask which segments a table has. */
export interface Question {
  readonly name: string;
  sql(table: string): string;
  /** What an answer says of each segment that it has rows of. */
  parts(rows: Rows): Map<string, string>;
  /** What an answer says of a segment when it has all its rows, each once. */
  expected(segment: TestSegment): string;
}

/** Value between one segment's and the next's. */
const VALUE_STRIDE = 100;

const REST_OF_ROW = {
  parts: (rows: Rows) =>
    new Map(rows.map(([name, ...rest]) => [String(name), JSON.stringify(rest)] as const)),
};

/** Ways to ask that name the segments: by groups, by rows, and by a filter that an index may serve. */
export const QUESTIONS: readonly Question[] = [
  {
    name: 'groups',
    sql: (table) =>
      `SELECT segment, COUNT(*), SUM(value), MIN(value), MAX(value) FROM ${table} ` +
      'GROUP BY segment ORDER BY segment LIMIT 1000',
    ...REST_OF_ROW,
    expected: ({ values }) =>
      JSON.stringify([values.length, sum(values), Math.min(...values), Math.max(...values)]),
  },
  {
    name: 'rows',
    sql: (table) => `SELECT segment, value FROM ${table} ORDER BY segment, value LIMIT 10000`,
    parts: (rows) => {
      const parts = new Map<string, string>();
      for (const [name, value] of rows) {
        const before = parts.get(String(name));
        parts.set(String(name), before === undefined ? String(value) : `${before},${value}`);
      }
      return parts;
    },
    expected: ({ values }) => values.join(','),
  },
  {
    name: 'filter',
    sql: (table) =>
      `SELECT segment, COUNT(*), SUM(value) FROM ${table} WHERE parity = 1 ` +
      'GROUP BY segment ORDER BY segment LIMIT 1000',
    ...REST_OF_ROW,
    expected: ({ values }) => {
      const odd = values.filter((value) => value % 2 === 1);
      return JSON.stringify([odd.length, sum(odd)]);
    },
  },
];

/** The question that only the number of rows answers: from metadata, without a look at them. */
export const countSql = (table: string): string => `SELECT COUNT(*) FROM ${table}`;

/** A schema in Pinot's words. */
export function pinotSchema(table: string): string {
  return JSON.stringify({
    schemaName: table,
    dimensionFieldSpecs: [
      { name: 'segment', dataType: 'STRING' },
      { name: 'parity', dataType: 'INT' },
    ],
    metricFieldSpecs: [{ name: 'value', dataType: 'INT' }],
  });
}

/** A configuration in Pinot's words, one of a few. */
export function pinotConfig(table: string, number: number): string {
  const indexes = [
    {},
    { invertedIndexColumns: ['parity'] },
    { rangeIndexColumns: ['value'] },
    { bloomFilterColumns: ['segment'], invertedIndexColumns: ['segment', 'parity'] },
  ];
  return JSON.stringify({
    tableName: table,
    tableType: 'OFFLINE',
    tableIndexConfig: indexes[number % indexes.length],
  });
}

/**
 * The segment with a number that no other of the simulation has.
 *
 * @param name of the segment that it takes the place of; else its own.
 */
export function testSegment(
  table: string,
  number: number,
  rowCount: number,
  name = `${table}_${number}`,
): TestSegment {
  const first = number * VALUE_STRIDE;
  const values = Array.from({ length: rowCount }, (_, row) => first + row);
  return { table, tag: `${table}_${number}`, name, values };
}

/** The file of a segment. */
export function segmentFile({ table, tag, name, values }: TestSegment): Uint8Array {
  const builder = new SegmentBuilder(schemaOf(table), {});
  builder.append([
    { kind: 'texts', values: values.map(() => tag), nulls: null },
    { kind: 'integers', values: Int32Array.from(values, (value) => value % 2), nulls: null },
    { kind: 'integers', values: Int32Array.from(values), nulls: null },
  ]);
  return new Uint8Array(Buffer.concat(builder.build(name, 0).parts));
}

function schemaOf(table: string): TableSchema {
  return {
    name: table,
    columns: [
      { name: 'segment', type: 'STRING' },
      { name: 'parity', type: 'INT' },
      { name: 'value', type: 'INT' },
    ],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
