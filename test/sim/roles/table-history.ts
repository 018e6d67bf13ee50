import type { TestSegment } from './test-tables.ts';

/** A change of a table that a client has asked for: all of it is visible at once, or nothing. */
export interface TableChange {
  readonly number: number;
  readonly kind: 'load' | 'replace' | 'drop';
  readonly table: string;
  readonly adds: readonly TestSegment[];
  readonly removes: readonly TestSegment[];
  readonly invokedMs: number;
  /** Null while nobody has said that it is done: then it may happen at any time, or never. */
  acknowledgedMs: number | null;
}

/** A query's answer. */
export interface TableAnswer {
  readonly number: number;
  readonly table: string;
  readonly question: string;
  /** The broker's machine. */
  readonly broker: string;
  readonly brokerHost: string;
  /** One name for each process that answers. */
  readonly incarnation: string;
  readonly beganMs: number;
  readonly endedMs: number;
  /** What it says of each segment; null for an answer that is only a number of rows. */
  readonly parts: ReadonlyMap<string, string> | null;
  /** Rows that it counted; null for other answers. */
  readonly rowCount: number | null;
}

/** A query that no broker has answered. */
export interface FailedQuery {
  readonly sql: string;
  readonly host: string;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly reason: string;
}

/** Everything that clients did to tables and saw of them. */
export class TableHistory {
  readonly changes: TableChange[] = [];
  readonly answers: TableAnswer[] = [];
  readonly failures: FailedQuery[] = [];
  #operationCount = 0;

  /** Requests so far. */
  get operationCount(): number {
    return this.#operationCount;
  }

  /** Numbers a request. */
  next(): number {
    return ++this.#operationCount;
  }
}
