import { assert } from '../base/assert.ts';
import { BATCH_ROWS } from '../base/limits.ts';
import type { ColumnSchema } from '../base/types.ts';
import { columnWriter } from './column-writer.ts';
import type { RecordChunk, Rejection } from './record-reader.ts';
import type { Scalar } from './scalar.ts';

/** Characters of an offending value that a rejection shows. */
const SHOWN_CHARACTERS = 80;

/**
 * Turns the records of one text file into chunks. A record is taken whole or rejected whole: it takes
 * its row only after all of its fields fit.
 */
export class RecordWriter {
  readonly #file: string;
  readonly #columns: readonly ColumnSchema[];
  readonly #writers;
  #rowCount = 0;
  #rejections: Rejection[] = [];

  constructor(file: string, columns: readonly ColumnSchema[]) {
    this.#file = file;
    this.#columns = columns;
    this.#writers = columns.map(({ type }) => columnWriter(type, BATCH_ROWS));
  }

  /** True when `take` must be called before the next record. */
  get isFull(): boolean {
    return this.#rowCount + this.#rejections.length >= BATCH_ROWS;
  }

  /** Takes a record that starts in `line`: one field for each column. */
  add(line: number, fields: readonly Scalar[]): void {
    assert(fields.length === this.#columns.length, 'one field for each column');
    for (let index = 0; index < fields.length; index++) {
      if (!this.#writers[index]!.set(this.#rowCount, fields[index]!)) {
        const { name, type } = this.#columns[index]!;
        this.reject(line, name, fields[index]!, `expected ${type}`);
        return;
      }
    }
    this.#rowCount++;
  }

  /** Notes a record that is left out. */
  reject(line: number, column: string | null, value: Scalar, reason: string): void {
    const shown = value === null ? null : String(value).slice(0, SHOWN_CHARACTERS);
    this.#rejections.push({ file: this.#file, line, column, value: shown, reason });
  }

  /** What was added since the last call. */
  take(bytesRead: number): RecordChunk {
    const chunk: RecordChunk = {
      columns: this.#writers.map((writer) => writer.take(this.#rowCount)),
      rowCount: this.#rowCount,
      rejections: this.#rejections,
      bytesRead,
    };
    this.#rowCount = 0;
    this.#rejections = [];
    return chunk;
  }
}
