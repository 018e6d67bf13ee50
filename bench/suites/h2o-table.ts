import { Prng } from '../../src/base/prng.ts';
import type { GeneratedColumn, GeneratedTable } from '../suite.ts';
import { batchesOf, type GeneratedValue, listOf } from './generate.ts';

/** Values of the columns with few of them. */
const K = 100;

const COLUMNS: readonly GeneratedColumn[] = [
  { name: 'id1', type: 'STRING', clickhouse: 'LowCardinality(String)' },
  { name: 'id2', type: 'STRING', clickhouse: 'LowCardinality(String)' },
  { name: 'id3', type: 'STRING' },
  { name: 'id4', type: 'INT' },
  { name: 'id5', type: 'INT' },
  { name: 'id6', type: 'INT' },
  { name: 'v1', type: 'INT' },
  { name: 'v2', type: 'INT' },
  { name: 'v3', type: 'DOUBLE' },
];

/**
 * The table of the db-benchmark's group-by questions (h2o.ai, now DuckDB Labs), in the shape called
 * G1_1e7_1e2_0_0 at scale 1: uniform, no NULLs, not sorted.
 */
export const H2O_TABLE: GeneratedTable = {
  version: 1,
  rowsAtScale1: 10_000_000,
  columns: COLUMNS,
  batches: (rowCount) => batchesOf(COLUMNS, rowCount, rowMaker(rowCount)),
};

function rowMaker(rowCount: number): () => readonly GeneratedValue[] {
  const prng = new Prng(108);
  const many = Math.max(1, Math.floor(rowCount / K));
  const few = listOf(K, (index) => `id${String(index + 1).padStart(3, '0')}`);
  const wide = listOf(many, (index) => `id${String(index + 1).padStart(10, '0')}`);
  return () => [
    few[prng.integer(0, K)]!,
    few[prng.integer(0, K)]!,
    wide[prng.integer(0, many)]!,
    prng.integer(1, K + 1),
    prng.integer(1, K + 1),
    prng.integer(1, many + 1),
    prng.integer(1, 6),
    prng.integer(1, 16),
    prng.integer(0, 100_000_000) / 1_000_000,
  ];
}
