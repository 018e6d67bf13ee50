/** So many more rows of a batch from every thread do not overflow a cell. */
const ROWS_MAX = 2 ** 30;

/** Cells before those of threads and segments. */
const STOP = 0;
const KIBIBYTES = 1;
const ROWS = 2;
const THREADS = 3;
const GROUPING = 4;
const ARRIVED = 5;
const ENDED = 6;
const DIRECTORIES = 7;
const NEXT_PARTITION = 8;
const GROUPS = 9;
const SPILLED = 10;
const FIXED = 11;

/**
 * How the threads of a task group rows: each in tables of its own, or in partitions by the keys, or in
 * partitions by the values of which the distinct ones are counted. Whoever has rows first decides.
 */
export type Grouping = 'undecided' | 'tables' | 'keys' | 'values';
const GROUPINGS: readonly Grouping[] = ['undecided', 'tables', 'keys', 'values'];

/** Time after which a waiting thread looks whether the task was stopped, if nobody wakes it. */
const WAIT_MS = 20;

/**
 * What the threads of a leaf task share: the flag that stops all, what they hold and have found, how far
 * they are, and for each segment the next batch that nobody has taken. Over shared memory when there are
 * threads.
 */
export class TaskCells {
  readonly cells: Int32Array;
  readonly #firstSegment: number;

  /** @param cells as `create` makes them, perhaps on another thread. */
  constructor(cells: Int32Array) {
    this.cells = cells;
    this.#firstSegment = FIXED + cells[THREADS]!;
  }

  /** New cells for a task. @param threadCount worker threads; 0: the caller's thread does it all. */
  static create(segmentCount: number, threadCount: number): TaskCells {
    const own = Math.max(1, threadCount);
    const lengthBytes = (FIXED + own + segmentCount) * Int32Array.BYTES_PER_ELEMENT;
    const buffer =
      threadCount > 0 ? new SharedArrayBuffer(lengthBytes) : new ArrayBuffer(lengthBytes);
    const cells = new Int32Array(buffer);
    cells[THREADS] = own;
    return new TaskCells(cells);
  }

  /** Takes a segment's next batches and gives the first of them; they may be past the last one. */
  takeBatches(segment: number, count: number): number {
    return Atomics.add(this.cells, this.#firstSegment + segment, count);
  }

  get isStopped(): boolean {
    return Atomics.load(this.cells, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.cells, STOP, 1);
  }

  /** Rows that all threads have found. */
  get rowCount(): number {
    return Atomics.load(this.cells, ROWS);
  }

  /** Adds to the rows that threads have found; far beyond any LIMIT it stays where it is. */
  addRows(count: number): void {
    if (this.rowCount < ROWS_MAX) Atomics.add(this.cells, ROWS, count);
  }

  /** Adds to the KiB that the task holds, and gives the sum. */
  addKibibytes(change: number): number {
    return Atomics.add(this.cells, KIBIBYTES, change) + change;
  }

  /** Adds to the KiB that threads have put on the disk, and gives the sum. */
  addSpilledKibibytes(change: number): number {
    return Atomics.add(this.cells, SPILLED, change) + change;
  }

  /** Bytes that threads have put on the disk so far, each piece rounded up to KiB. */
  get spilledBytes(): number {
    return Atomics.load(this.cells, SPILLED) * 1024;
  }

  get threadCount(): number {
    return this.cells[THREADS]!;
  }

  get grouping(): Grouping {
    return GROUPINGS[Atomics.load(this.cells, GROUPING)]!;
  }

  /** Decides how rows are grouped unless somebody has; gives what holds. */
  decideGrouping(grouping: Grouping): Grouping {
    const known = Atomics.compareExchange(this.cells, GROUPING, 0, GROUPINGS.indexOf(grouping));
    Atomics.notify(this.cells, ARRIVED);
    return known === 0 ? grouping : GROUPINGS[known]!;
  }

  /** Shows all threads an address: a directory of rows by partition. */
  addDirectory(address: number): void {
    Atomics.store(this.cells, FIXED + Atomics.add(this.cells, DIRECTORIES, 1), address);
  }

  /** The addresses that threads have shown. */
  get directories(): number[] {
    const count = Atomics.load(this.cells, DIRECTORIES);
    return Array.from({ length: count }, (_, index) => Atomics.load(this.cells, FIXED + index));
  }

  /**
   * Waits until all threads have arrived here, or none needs to.
   *
   * @returns whether rows lie in partitions, all of them by now; false when the task was stopped, too.
   */
  arrive(): boolean {
    Atomics.add(this.cells, ARRIVED, 1);
    Atomics.notify(this.cells, ARRIVED);
    while (this.grouping !== 'tables') {
      const arrived = Atomics.load(this.cells, ARRIVED);
      if (arrived >= this.cells[THREADS]!) return this.grouping !== 'undecided';
      if (this.isStopped) return false;
      Atomics.wait(this.cells, ARRIVED, arrived, WAIT_MS);
    }
    return false;
  }

  /**
   * Says that this thread reads no memory of others any more; every thread does, once.
   *
   * @param waits whether to wait until nobody reads the memory of this one: when `arrive` said true.
   */
  end(waits: boolean): void {
    Atomics.add(this.cells, ENDED, 1);
    Atomics.notify(this.cells, ENDED);
    while (waits) {
      const ended = Atomics.load(this.cells, ENDED);
      if (ended >= this.cells[THREADS]!) return;
      Atomics.wait(this.cells, ENDED, ended, WAIT_MS);
    }
  }

  /** Takes the next partition; the number may be past the last one. */
  takePartition(): number {
    return Atomics.add(this.cells, NEXT_PARTITION, 1);
  }

  /** Adds to the groups that all threads have found, and gives the sum. */
  addGroups(count: number): number {
    return Atomics.add(this.cells, GROUPS, count) + count;
  }
}
