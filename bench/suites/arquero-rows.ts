import type { ColumnTable } from 'arquero';
import type { Value } from '../../src/base/types.ts';

/** The rows of an Arquero table, each as an array in the order of its columns. */
export function arqueroRows(table: ColumnTable): Value[][] {
  const columns = table.columnNames().map((name) => [...table.array(name)] as Value[]);
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row]!));
}
