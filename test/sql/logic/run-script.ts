import {
  parseScript,
  type QueryRecord,
  type ScriptRecord,
  type StatementRecord,
  substitute,
} from './script.ts';
import type { SqlSystem } from './systems.ts';
import { answerDifference, answerLines, hashText } from './values.ts';

/** Runs a script. @throws Error with file and line of all records that go otherwise. */
export async function runScript(text: string, file: string, system: SqlSystem): Promise<void> {
  const run = new ScriptRun(file, system);
  await run.run(parseScript(text, file), new Map());
  if (run.problems.length > 0) throw new Error(run.problems.join('\n\n'));
}

/**
 * The script with its expected answers taken from `oracle`, and those of records that are only for
 * `own`, as well as all errors, from there. Records in loops stay as they are.
 */
export async function updateScript(
  text: string,
  file: string,
  oracle: SqlSystem,
  own: SqlSystem,
): Promise<string> {
  const lines = text.split('\n');
  const edits: { start: number; end: number; lines: string[] }[] = [];
  for (const record of parseScript(text, file)) {
    if (record.kind === 'loop') {
      for (const system of [oracle, own])
        await new ScriptRun(file, system).run([record], new Map());
      continue;
    }
    if (record.kind !== 'query' && record.kind !== 'statement') continue;
    const written = await expectedLines(record, oracle, own);
    if (written === null) continue;
    edits.push({ start: record.sqlEnd, end: record.end, lines: written });
  }
  for (const { start, end, lines: written } of edits.reverse()) {
    lines.splice(start, end - start, ...written);
  }
  return lines.join('\n');
}

async function expectedLines(
  record: QueryRecord | StatementRecord,
  oracle: SqlSystem,
  own: SqlSystem,
): Promise<string[] | null> {
  const { sql } = record;
  if (record.kind === 'query') {
    const system = isFor(record, oracle) ? oracle : own;
    const { rows } = await system.query(sql);
    const isHash = /^\d+ values hashing/.test(record.expected[0] ?? '');
    if (isHash) return ['----', hashText(record.types, record.sortMode, rows)];
    return ['----', ...answerLines(record, rows)];
  }
  if (!record.fails) {
    for (const system of [oracle, own]) if (isFor(record, system)) await system.statement(sql);
    return null;
  }
  if (!isFor(record, own)) return null;
  const message = await failureOf(own, sql);
  const known = record.expected.join('\n');
  if (known !== '' && message?.includes(known)) return null;
  return ['----', message?.split(': ')[0] ?? 'no error'];
}

function isFor({ onlyIf, skipIf }: QueryRecord | StatementRecord, { name }: SqlSystem): boolean {
  return (onlyIf === null || onlyIf === name) && skipIf !== name;
}

async function failureOf(system: SqlSystem, sql: string): Promise<string | null> {
  try {
    await system.statement(sql);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

class ScriptRun {
  readonly problems: string[] = [];
  readonly #file: string;
  readonly #system: SqlSystem;
  readonly #labels = new Map<string, string>();

  constructor(file: string, system: SqlSystem) {
    this.#file = file;
    this.#system = system;
  }

  /** @returns false when nothing more is to run. */
  async run(
    records: readonly ScriptRecord[],
    variables: ReadonlyMap<string, string>,
  ): Promise<boolean> {
    for (const record of records) {
      if (record.kind === 'halt') return false;
      if (record.kind === 'require') {
        if (!this.#system.features.has(record.feature)) return false;
      } else if (record.kind === 'loop') {
        for (const value of record.values) {
          const inner = new Map([...variables, [record.variable, value]]);
          if (!(await this.run(record.body, inner))) return false;
        }
      } else if (isFor(record, this.#system)) {
        const sql = substitute(record.sql, variables);
        const expected = record.expected.map((line) => substitute(line, variables));
        const problem =
          record.kind === 'query'
            ? await this.#query(record, sql, expected)
            : await this.#statement(record, sql, expected.join('\n'));
        if (problem !== null) {
          const place = `${this.#file}:${record.line} (${this.#system.name})`;
          this.problems.push(`${place}: ${sql}\n${problem}`);
        }
      }
    }
    return true;
  }

  async #statement(
    { fails }: StatementRecord,
    sql: string,
    expected: string,
  ): Promise<string | null> {
    const message = await failureOf(this.#system, sql);
    if (!fails) return message;
    if (message === null) return 'expected an error';
    const isOurs = this.#system.name === 'nyala';
    return !isOurs || message.includes(expected)
      ? null
      : `expected the error ${expected}, found ${message}`;
  }

  async #query(
    record: QueryRecord,
    sql: string,
    expected: readonly string[],
  ): Promise<string | null> {
    let answer: Awaited<ReturnType<SqlSystem['query']>>;
    try {
      answer = await this.#system.query(sql);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const { letters, rows } = answer;
    const { types, label } = record;
    if (letters.length !== types.length) return `expected ${types}, found ${letters.join('')}`;
    const wrong = letters.findIndex(
      (letter, column) =>
        letter !== null && letter !== types[column] && rows.some((row) => row[column] !== 'NULL'),
    );
    if (wrong >= 0) return `column ${wrong + 1}: expected ${types}, found ${letters.join('')}`;
    if (label !== null) {
      const hash = hashText(types, record.sortMode, rows);
      const other = this.#labels.get(label) ?? hash;
      this.#labels.set(label, hash);
      if (other !== hash) return `the answers with label ${label} differ`;
    }
    return answerDifference(record, expected, rows);
  }
}
