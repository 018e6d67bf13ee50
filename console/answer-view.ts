import type { Answer, AnswerColumn, Cell, Failure } from './answer.ts';
import { button, element } from './dom.ts';
import { cellText, countText, isNumericType, isPlan, planText, sqlType } from './format.ts';
import { excerptAt, placeOf } from './place.ts';

/** Characters of a text that is not broken into lines. */
const SHORT_CHARACTERS_MAX = 40;

/** Rows of an answer that the page shows at most; a browser is slow with more. */
const SHOWN_ROWS_MAX = 1000;

/** The rows of an answer as a table, or the plan that EXPLAIN gave. */
export function answerView(answer: Answer): Node {
  if (isPlan(answer)) return scrolling('Plan', element('pre', 'plan', planText(answer.rows)));
  const { columns, rows } = answer;
  const head = element('thead', '', element('tr', '', ...columns.map(headCell)));
  const body = element('tbody', '');
  for (const row of rows.slice(0, SHOWN_ROWS_MAX)) body.append(rowView(row, columns));
  const view = document.createDocumentFragment();
  if (rows.length > SHOWN_ROWS_MAX) {
    const shown = countText(SHOWN_ROWS_MAX, 'row');
    view.append(element('p', 'note', `Only the first ${shown} are shown here.`));
  }
  view.append(scrolling('Rows', element('table', '', head, body)));
  return view;
}

/**
 * A failure, with the place in the statement marked.
 *
 * @param sql the statement as the reader wrote it.
 * @param offset the place in it, in UTF-16 units; null when it is not known.
 * @param onGo called when the reader wants to go there.
 */
export function failureView(
  { name, message }: Failure,
  sql: string,
  offset: number | null,
  onGo: () => void,
): Node {
  const view = element('div', 'failure', element('p', 'message', message));
  view.setAttribute('role', 'alert');
  if (offset !== null) {
    const { before, marked, after } = excerptAt(sql, offset);
    const mark = element('mark', marked === '' ? 'end' : '', marked === '' ? ' ' : marked);
    view.append(element('pre', '', before, mark, after));
    const { line, column } = placeOf(sql, offset);
    view.append(button(`Go to line ${line}, column ${column}`, 'quiet', onGo));
  }
  if (name !== '') view.append(element('span', 'type', name));
  return view;
}

function headCell({ name, type }: AnswerColumn): HTMLElement {
  const className = isNumericType(type) ? 'number' : '';
  const cell = element('th', className, name, element('span', 'type', sqlType(type)));
  cell.scope = 'col';
  return cell;
}

function rowView(row: readonly Cell[], columns: readonly AnswerColumn[]): HTMLElement {
  const cells = row.map((cell, index) => {
    const isNumber = isNumericType(columns[index]?.type ?? '');
    if (cell === null) return element('td', isNumber ? 'number null' : 'null', 'NULL');
    const text = cellText(cell);
    const width = text.length > SHORT_CHARACTERS_MAX ? 'long' : 'short';
    return element('td', isNumber ? 'number' : width, text);
  });
  return element('tr', '', ...cells);
}

/** A region that keyboards can scroll. */
function scrolling(label: string, content: HTMLElement): HTMLElement {
  const region = element('section', 'scrolling', content);
  region.setAttribute('aria-label', label);
  region.tabIndex = 0;
  return region;
}
