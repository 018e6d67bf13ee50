import { expect, it } from 'vitest';
import { explainTable } from '../../src/broker/explain.ts';
import { appendRows } from '../../src/broker/json-rows.ts';
import { TextPieces } from '../../src/broker/text-pieces.ts';
import { runSteps } from '../../src/exec/steps.ts';

it('an explained plan names each operator and the one that reads from it', () => {
  const { columns, vectors, rowCount } = explainTable(['Reduce', '  Sort', '    Scan', '  Other']);
  expect(columns.map(({ name }) => name)).toEqual(['Operator', 'Operator_Id', 'Parent_Id']);
  const out = new TextPieces();
  runSteps(appendRows(out, vectors, rowCount));
  expect(JSON.parse(out.finish() as string)).toEqual([
    ['Reduce', 1, 0],
    ['Sort', 2, 1],
    ['Scan', 3, 2],
    ['Other', 4, 1],
  ]);
});
