import { isReserved } from '../src/sql/keywords.ts';
import type { Answer, Cell } from './answer.ts';

/** Pinot's names of the types whose cells are numbers. */
const NUMERIC_TYPES: ReadonlySet<string> = new Set(['INT', 'LONG', 'FLOAT', 'DOUBLE']);

/** Pinot's columns of an explained plan. */
const PLAN_COLUMNS = 'Operator,Operator_Id,Parent_Id';

/** Characters of a cell that are shown at most. */
const CELL_CHARACTERS_MAX = 1000;

/** True for a type whose cells stand to the right. */
export function isNumericType(type: string): boolean {
  return NUMERIC_TYPES.has(type);
}

/** The name under which SQL knows one of Pinot's types. */
export function sqlType(type: string): string {
  return type === 'LONG' ? 'BIGINT' : type;
}

/** A count with its noun: `1 row`, `3,000,000 rows`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** What an answer holds and cost, in one line. */
export function timingLine(answer: Answer): string {
  const { rows, timeUsedMs, docsScanned, totalDocs } = answer;
  const noun = isPlan(answer) ? 'operator' : 'row';
  const parts = [countText(rows.length, noun), `${timeUsedMs.toLocaleString('en-US')} ms`];
  if (totalDocs > 0) {
    parts.push(`${countText(docsScanned, 'doc')} scanned of ${totalDocs.toLocaleString('en-US')}`);
  }
  return parts.join(' · ');
}

/** A cell's text; overlong text is cut, since a page cannot show megabytes. */
export function cellText(cell: Exclude<Cell, null>): string {
  const text = String(cell);
  if (text.length <= CELL_CHARACTERS_MAX) return text;
  return `${text.slice(0, CELL_CHARACTERS_MAX)}… (${countText(text.length, 'character')})`;
}

/** A table's or column's name as SQL wants it: in double quotes where it needs them. */
export function nameInSql(name: string): string {
  const isBare = /^[A-Za-z_]\w*$/.test(name) && !isReserved(name);
  return isBare ? name : `"${name.replaceAll('"', '""')}"`;
}

/** True for the answer to EXPLAIN. */
export function isPlan({ columns }: Answer): boolean {
  return columns.map(({ name }) => name).join(',') === PLAN_COLUMNS;
}

/** An explained plan as text: one operator a line, two blanks of indentation per level. */
export function planText(rows: Answer['rows']): string {
  const depths = new Map<Cell, number>([['0', -1]]);
  return rows
    .map(([operator = null, id = null, parent = null]) => {
      const depth = (depths.get(parent) ?? -1) + 1;
      depths.set(id, depth);
      return `${'  '.repeat(depth)}${operator}`;
    })
    .join('\n');
}
