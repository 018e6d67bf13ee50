import { sequence } from '../base/sequence.ts';
import type { OutputColumn } from '../sql/plan.ts';
import type { ResultTable } from './response.ts';

/** Pinot's columns of an explained plan. */
const COLUMNS: readonly OutputColumn[] = [
  { name: 'Operator', type: 'STRING' },
  { name: 'Operator_Id', type: 'INT' },
  { name: 'Parent_Id', type: 'INT' },
];

/**
 * An explained plan as Pinot's single-stage engine shows it: one row per operator with its number
 * and that of the operator that reads from it; the first has parent 0.
 *
 * @param lines one operator a line, two blanks of indentation per level.
 */
export function explainTable(lines: readonly string[]): ResultTable {
  const rowCount = lines.length;
  const ids = Int32Array.from({ length: rowCount }, (_, row) => row + 1);
  const parents = new Int32Array(rowCount);
  const idAtDepth: number[] = [0];
  lines.forEach((line, row) => {
    const depth = (line.length - line.trimStart().length) / 2;
    parents[row] = idAtDepth[depth] ?? 0;
    idAtDepth[depth + 1] = row + 1;
  });
  return {
    columns: COLUMNS,
    vectors: [
      {
        kind: 'text',
        type: 'STRING',
        codes: sequence(rowCount),
        dictionary: lines.map((line) => line.trimStart()),
        nulls: null,
      },
      { kind: 'flat', type: 'INT', data: ids, nulls: null },
      { kind: 'flat', type: 'INT', data: parents, nulls: null },
    ],
    rowCount,
  };
}
