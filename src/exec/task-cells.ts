/** So many more rows of a batch from every thread do not overflow a cell. */
const ROWS_MAX = 2 ** 30;

/**
 * What the threads of a leaf task share: for each segment the next batch that nobody has taken, then
 * the flag that stops all, then the KiB that they hold, then the rows that they have found. Over shared memory when there are threads.
 */
export class TaskCells {
  readonly cells: Int32Array;
  readonly #stop: number;

  /** @param cells as `create` makes them, perhaps on another thread. */
  constructor(cells: Int32Array) {
    this.cells = cells;
    this.#stop = cells.length - 3;
  }

  /** New cells for a task. */
  static create(segmentCount: number, isShared: boolean): TaskCells {
    const lengthBytes = (segmentCount + 3) * Int32Array.BYTES_PER_ELEMENT;
    const buffer = isShared ? new SharedArrayBuffer(lengthBytes) : new ArrayBuffer(lengthBytes);
    return new TaskCells(new Int32Array(buffer));
  }

  /** Takes a segment's next batches and gives the first of them; they may be past the last one. */
  takeBatches(segment: number, count: number): number {
    return Atomics.add(this.cells, segment, count);
  }

  get isStopped(): boolean {
    return Atomics.load(this.cells, this.#stop) !== 0;
  }

  stop(): void {
    Atomics.store(this.cells, this.#stop, 1);
  }

  /** Rows that all threads have found. */
  get rowCount(): number {
    return Atomics.load(this.cells, this.#stop + 2);
  }

  /** Adds to the rows that threads have found; far beyond any LIMIT it stays where it is. */
  addRows(count: number): void {
    if (this.rowCount < ROWS_MAX) Atomics.add(this.cells, this.#stop + 2, count);
  }

  /** Adds to the KiB that the task holds, and gives the sum. */
  addKibibytes(change: number): number {
    return Atomics.add(this.cells, this.#stop + 1, change) + change;
  }
}
