import Table from 'cli-table3';
import type { AnswerFormat } from './answer-format.ts';
import type { SqlAnswer } from './sql-client.ts';

/** An answer as text, ending with a line end. Numbers keep the digits that the broker sent. */
export function answerText(answer: SqlAnswer, format: AnswerFormat): string {
  switch (format) {
    case 'table':
      return tableText(answer);
    case 'csv':
      return csvText(answer);
    case 'json':
      return `[${answer.rows.map((row) => objectText(answer, row)).join(',\n ')}]\n`;
    case 'ndjson':
      return answer.rows.map((row) => `${objectText(answer, row)}\n`).join('');
  }
}

const NUMERIC_TYPES = new Set(['INT', 'LONG', 'FLOAT', 'DOUBLE', 'BIG_DECIMAL']);

function tableText(answer: SqlAnswer): string {
  const table = new Table({
    head: answer.columns.map(({ name }) => name),
    colAligns: answer.columns.map(({ type }) => (NUMERIC_TYPES.has(type) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of answer.rows) table.push(row.map((value) => printable(value)));
  const rows = answer.rows.length === 1 ? '1 row' : `${answer.rows.length} rows`;
  return `${table.toString()}\n${rows}, ${answer.timeUsedMs} ms\n`;
}

/** Control characters would break the table or drive the terminal, so they show as escapes. */
function printable(value: SqlAnswer['rows'][number][number]): string {
  if (value === null) return 'NULL';
  return String(value).replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

function csvText(answer: SqlAnswer): string {
  const header = answer.columns.map(({ name }) => csvField(name)).join(',');
  const rows = answer.rows.map((row) =>
    row.map((value) => (value === null ? '' : csvField(String(value)))).join(','),
  );
  return `${[header, ...rows].join('\n')}\n`;
}

/** RFC 4180; the empty string is quoted, so that it differs from NULL. */
function csvField(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function objectText(answer: SqlAnswer, row: SqlAnswer['rows'][number]): string {
  const fields = answer.columns.map(({ name, type }, column) => {
    const value = row[column] ?? null;
    const isNumber = typeof value === 'string' && NUMERIC_TYPES.has(type) && /^-?\d/.test(value);
    return `${JSON.stringify(name)}:${isNumber ? value : JSON.stringify(value)}`;
  });
  return `{${fields.join(',')}}`;
}
