/**
 * Scripts in the format of sqllogictest (sqlite.org/sqllogictest), with what DuckDB adds: `loop`,
 * `foreach`, `require`, rows of values with tabs between them, and the text of errors after `----`.
 */

/** One record of a script. */
export type ScriptRecord = StatementRecord | QueryRecord | LoopRecord | RequireRecord | HaltRecord;

interface Located {
  /** Line of the record's first word in the file, from 1. */
  readonly line: number;
}

interface SqlRecord extends Located {
  /** The only system that runs it; null for all. */
  readonly onlyIf: string | null;
  /** The system that leaves it out, or null. */
  readonly skipIf: string | null;
  readonly sql: string;
  /** Lines after `----`; empty without them. */
  readonly expected: readonly string[];
  /** Index of the line behind the SQL, where `----` stands or would stand. */
  readonly sqlEnd: number;
  /** Index of the line behind the whole record. */
  readonly end: number;
}

/** `statement ok` or `statement error`. */
export interface StatementRecord extends SqlRecord {
  readonly kind: 'statement';
  readonly fails: boolean;
}

/** How the values of an answer are ordered before they are compared. */
export type SortMode = 'nosort' | 'rowsort' | 'valuesort';

/** `query <types> [sort mode] [label]`. */
export interface QueryRecord extends SqlRecord {
  readonly kind: 'query';
  /** A letter for each column: I for integers, R for other numbers, T for everything else. */
  readonly types: string;
  readonly sortMode: SortMode;
  /** Queries with the same label give the same answer; null without one. */
  readonly label: string | null;
}

/** `loop name start end` or `foreach name words`: the records up to `endloop`, once for each value. */
export interface LoopRecord extends Located {
  readonly kind: 'loop';
  readonly variable: string;
  readonly values: readonly string[];
  readonly body: readonly ScriptRecord[];
}

/** `require name`: the rest is for systems that have it. */
export interface RequireRecord extends Located {
  readonly kind: 'require';
  readonly feature: string;
}

/** `halt`: nothing behind it runs. */
export interface HaltRecord extends Located {
  readonly kind: 'halt';
}

/** Reads a script. @throws Error with the file's name and the line of what is no record. */
export function parseScript(text: string, file: string): ScriptRecord[] {
  return new ScriptReader(text.split(/\r?\n/), file).records(false);
}

/** Replaces `${name}` in SQL and in expected values. */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables.get(name) ?? whole);
}

class ScriptReader {
  readonly #lines: readonly string[];
  readonly #file: string;
  #index = 0;

  constructor(lines: readonly string[], file: string) {
    this.#lines = lines;
    this.#file = file;
  }

  records(isInLoop: boolean): ScriptRecord[] {
    const records: ScriptRecord[] = [];
    let condition = { onlyIf: null as string | null, skipIf: null as string | null };
    for (;;) {
      const line = this.#lines[this.#index];
      if (line === undefined) {
        if (isInLoop) throw this.#error('expected endloop, found the end of the file');
        return records;
      }
      const [word, ...rest] = line.trim().split(/\s+/) as [string, ...string[]];
      if (word === '' || word.startsWith('#') || word === 'hash-threshold') {
        this.#index++;
      } else if (word === 'onlyif' || word === 'skipif') {
        const name = rest[0] ?? null;
        condition =
          word === 'onlyif' ? { ...condition, onlyIf: name } : { ...condition, skipIf: name };
        this.#index++;
      } else if (word === 'endloop' && isInLoop) {
        this.#index++;
        return records;
      } else {
        records.push(this.#record(word, rest, condition));
        condition = { onlyIf: null, skipIf: null };
      }
    }
  }

  #record(
    word: string,
    rest: readonly string[],
    condition: Pick<SqlRecord, 'onlyIf' | 'skipIf'>,
  ): ScriptRecord {
    const line = this.#index + 1;
    switch (word) {
      case 'statement': {
        const [outcome] = rest;
        if (outcome !== 'ok' && outcome !== 'error') throw this.#error('expected ok or error');
        return {
          kind: 'statement',
          fails: outcome === 'error',
          ...condition,
          line,
          ...this.#sql(),
        };
      }
      case 'query': {
        const [types = '', sortMode = 'nosort', label = null] = rest;
        if (!/^[IRT]+$/.test(types)) throw this.#error('expected letters I, R and T after query');
        if (!isSortMode(sortMode)) throw this.#error(`expected a sort mode, found ${sortMode}`);
        return { kind: 'query', types, sortMode, label, ...condition, line, ...this.#sql() };
      }
      case 'loop':
      case 'foreach': {
        this.#index++;
        const [variable = '', ...words] = rest;
        const values =
          word === 'foreach' ? words : numbersBetween(Number(words[0]), Number(words[1]));
        return { kind: 'loop', variable, values, line, body: this.records(true) };
      }
      case 'require':
        this.#index++;
        return { kind: 'require', feature: rest[0] ?? '', line };
      case 'halt':
        this.#index++;
        return { kind: 'halt', line };
      default:
        throw this.#error(`expected a record, found ${word}`);
    }
  }

  #sql(): Pick<SqlRecord, 'sql' | 'expected' | 'sqlEnd' | 'end'> {
    const start = ++this.#index;
    while (!this.#atEnd() && this.#lines[this.#index] !== '----') this.#index++;
    const sqlEnd = this.#index;
    const expected: string[] = [];
    if (this.#lines[this.#index] === '----') {
      for (this.#index++; !this.#atEnd(); this.#index++) expected.push(this.#lines[this.#index]!);
    }
    const sql = this.#lines.slice(start, sqlEnd).join('\n');
    if (sql.trim() === '') throw this.#error('expected SQL');
    return { sql, expected, sqlEnd, end: this.#index };
  }

  #atEnd(): boolean {
    const line = this.#lines[this.#index];
    return line === undefined || line.trim() === '';
  }

  #error(message: string): Error {
    return new Error(`${this.#file}:${this.#index + 1}: ${message}`);
  }
}

function isSortMode(word: string): word is SortMode {
  return word === 'nosort' || word === 'rowsort' || word === 'valuesort';
}

function numbersBetween(start: number, end: number): string[] {
  return Array.from({ length: end - start }, (_, index) => String(start + index));
}
