import { EngineError } from '../base/errors.ts';
import { CURSOR_AGE_MS_MAX, CURSOR_BYTES_MAX, CURSORS_MAX } from '../base/serving-limits.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { Address } from '../io/network.ts';
import type { EncodedRows } from './cursor-rows.ts';
import type { PinotException } from './error-codes.ts';
import { encodePage, type ResponseFacts } from './response.ts';

/** An answer that a cursor can read. */
export interface CursorAnswer {
  readonly rows: EncodedRows;
  readonly exceptions: readonly PinotException[];
  readonly facts: ResponseFacts;
}

/** How an answer came to be. */
export interface CursorOrigin {
  /** Wall clock. */
  readonly submittedAtMs: number;
  /** What it took to write its rows. */
  readonly writeTimeMs: number;
  /** Where the broker was asked, and is to be asked for more. */
  readonly broker: Address;
}

/** A kept answer. */
export class Cursor {
  readonly expiresAtMs: number;
  readonly #answer: CursorAnswer;
  readonly #origin: CursorOrigin;

  constructor(answer: CursorAnswer, origin: CursorOrigin, expiresAtMs: number) {
    this.#answer = answer;
    this.#origin = origin;
    this.expiresAtMs = expiresAtMs;
  }

  get id(): string {
    return this.#answer.facts.requestId;
  }

  get lengthBytes(): number {
    return this.#answer.rows.lengthBytes;
  }

  /** What is said about it without its rows: Pinot's fields. */
  metadata() {
    const { facts, exceptions, rows } = this.#answer;
    return {
      requestId: facts.requestId,
      brokerId: facts.brokerId,
      tablesQueried: facts.tables,
      numRowsResultSet: rows.rowCount,
      exceptions,
      ...this.#fields(0, 0),
    };
  }

  /**
   * The body of a response with some of its rows.
   *
   * @throws EngineError BAD_REQUEST when the offset is behind the last row.
   */
  page(offset: number, rowsMax: number): string {
    const { rows, exceptions, facts } = this.#answer;
    const { columns, rowCount } = rows;
    if (offset > 0 && offset >= rowCount) {
      const message = `broker: expected an offset below ${rowCount}, the number of rows, found ${offset}`;
      throw new EngineError('BAD_REQUEST', message);
    }
    const end = Math.min(offset + rowsMax, rowCount);
    const cursor = this.#fields(offset, end - offset);
    return encodePage(
      { columns, rows: rows.slice(offset, end), rowCount, cursor },
      exceptions,
      facts,
    );
  }

  #fields(offset: number, numRows: number) {
    const { broker, submittedAtMs, writeTimeMs } = this.#origin;
    return {
      offset,
      numRows,
      cursorResultWriteTimeMs: Math.round(writeTimeMs),
      cursorFetchTimeMs: 0,
      submissionTimeMs: submittedAtMs,
      expirationTimeMs: this.expiresAtMs,
      brokerHost: broker.host,
      brokerPort: broker.port,
      bytesWritten: this.lengthBytes,
    };
  }
}

/** The answers that cursors of a broker read: in memory, up to a number, a size and an age. */
export class CursorStore {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #cursors = new Map<string, Cursor>();
  #heldBytes = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Keeps an answer.
   *
   * @throws EngineError MEMORY_LIMIT when there is no room for it.
   */
  put(answer: CursorAnswer, origin: CursorOrigin): Cursor {
    const nowMs = this.#clock.nowMs();
    const cursor = new Cursor(answer, origin, nowMs + CURSOR_AGE_MS_MAX);
    const heldBytes = this.#heldBytes + cursor.lengthBytes;
    if (heldBytes > CURSOR_BYTES_MAX || this.#cursors.size >= CURSORS_MAX) {
      throw new EngineError(
        'MEMORY_LIMIT',
        `broker: ${this.#cursors.size} answers for cursors take ${this.#heldBytes} bytes, and no more ` +
          `than ${CURSORS_MAX} of ${CURSOR_BYTES_MAX} bytes are kept; DELETE /responseStore/{id} removes one`,
      );
    }
    this.#cursors.set(cursor.id, cursor);
    this.#heldBytes = heldBytes;
    this.#expireLater();
    return cursor;
  }

  /** Null when there is none of that id, or not any more. */
  get(id: string): Cursor | null {
    return this.#cursors.get(id) ?? null;
  }

  list(): Cursor[] {
    return [...this.#cursors.values()];
  }

  /** False when there is none of that id. */
  delete(id: string): boolean {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) return false;
    this.#cursors.delete(id);
    this.#heldBytes -= cursor.lengthBytes;
    return true;
  }

  /** Removes all that expire before a moment of the wall clock, and says how many. */
  deleteExpired(beforeMs: number): number {
    const expired = this.list().filter(({ expiresAtMs }) => expiresAtMs < beforeMs);
    for (const { id } of expired) this.delete(id);
    return expired.length;
  }

  /** Forgets everything. */
  close(): void {
    this.#timer?.cancel();
    this.#cursors.clear();
    this.#heldBytes = 0;
  }

  #expireLater(): void {
    const [oldest] = this.#cursors.values();
    if (this.#timer !== null || oldest === undefined) return;
    const delayMs = Math.max(0, oldest.expiresAtMs - this.#clock.nowMs());
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = null;
      this.deleteExpired(this.#clock.nowMs() + 1);
      this.#expireLater();
    });
  }
}
