/**
 * What the threads of a leaf task share: for each segment the next batch that nobody has taken, then
 * the flag that stops all, then the KiB that they hold. Over shared memory when there are threads.
 */
export class TaskCells {
  readonly cells: Int32Array;
  readonly #stop: number;

  /** @param cells of `cellCount(segmentCount)` elements, zero at first. */
  constructor(cells: Int32Array) {
    this.cells = cells;
    this.#stop = cells.length - 2;
  }

  /** New cells for a task. */
  static create(segmentCount: number, isShared: boolean): TaskCells {
    const lengthBytes = (segmentCount + 2) * Int32Array.BYTES_PER_ELEMENT;
    const buffer = isShared ? new SharedArrayBuffer(lengthBytes) : new ArrayBuffer(lengthBytes);
    return new TaskCells(new Int32Array(buffer));
  }

  /** Takes a segment's next batch; the number may be past the last one. */
  takeBatch(segment: number): number {
    return Atomics.add(this.cells, segment, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.cells, this.#stop) !== 0;
  }

  stop(): void {
    Atomics.store(this.cells, this.#stop, 1);
  }

  /** Adds to the KiB that the task holds, and gives the sum. */
  addKibibytes(change: number): number {
    return Atomics.add(this.cells, this.#stop + 1, change) + change;
  }
}
