import type { KernelInstance } from '../kernels/instance.ts';
import type { ExecutionContext } from './context.ts';

/*
 * Rows of some columns in 2^bits partitions, each a list of chunks in linear memory that all threads can read:
 *
 *   directory   2^bits × u32: the first chunk of each partition, 0 for none
 *   chunk       | next: u32 | rows: u32 | capacity: u32 | … 64 bytes | column | column | …
 *
 * `next` is the chunk after it, or 0. A column is `capacity` values of its width, from a multiple of 64 on.
 */
const HEADER_BYTES = 64;
const ROWS = 4;
const CAPACITY = 8;

/**
 * Rows of the first chunks of a partition; later ones are half of what it has, up to the greatest: little
 * room is left over, and chunks are still worth the calls that go through them.
 */
const CHUNK_ROWS_MIN = 512;
const CHUNK_ROWS_MAX = 8_192;

/** Bytes of one value of a column. */
export type ColumnWidth = 1 | 4 | 8;

/** Rows of a partition that lie together. */
export interface RowChunk {
  readonly rowCount: number;
  /** Address of each column. */
  readonly columns: readonly number[];
}

/** The room that rows take, all chunks full. */
export function rowBytesOf(widths: readonly ColumnWidth[]): number {
  return widths.reduce((sum: number, width) => sum + width, 0);
}

/** A thread's rows by partition, in its state memory. */
export class RowPartitions {
  readonly #widths: readonly ColumnWidth[];
  readonly #bits: number;
  readonly #context: ExecutionContext;
  /** Last chunk of each partition, 0 for none. */
  readonly #last: Uint32Array;
  readonly #rowCounts: Uint32Array;
  /** Address of the directory. */
  readonly directory: number;

  constructor(widths: readonly ColumnWidth[], bits: number, context: ExecutionContext) {
    this.#widths = widths;
    this.#bits = bits;
    this.#context = context;
    this.#last = new Uint32Array(2 ** bits);
    this.#rowCounts = new Uint32Array(2 ** bits);
    this.directory = context.state.allocate(4 * 2 ** bits);
    context.kernels.run.splat32(this.directory, 0, 2 ** bits);
  }

  /**
   * Adds rows.
   *
   * @param hashes address of a u64 a row, whose top bits are the partition.
   * @param columns address of the values of each column.
   */
  add(hashes: number, columns: readonly number[], count: number): void {
    const { kernels, batch } = this.#context;
    const order = batch.allocate(count * 4);
    const ends = batch.allocate(4 * 2 ** this.#bits);
    kernels.run.orderByHash(order, ends, hashes, this.#bits, count);
    let start = 0;
    for (let partition = 0; partition < this.#last.length; partition++) {
      const end = kernels.u32[ends / 4 + partition]!;
      while (start < end) start += this.#append(partition, order + start * 4, columns, end - start);
    }
  }

  /** Copies the rows with the numbers at `order` into the last chunk, as many as fit. */
  #append(partition: number, order: number, columns: readonly number[], count: number): number {
    const { run, u32 } = this.#context.kernels;
    let chunk = this.#last[partition]!;
    if (chunk === 0 || u32[(chunk + ROWS) / 4] === u32[(chunk + CAPACITY) / 4]) {
      chunk = this.#addChunk(partition);
    }
    const [rows, capacity] = [u32[(chunk + ROWS) / 4]!, u32[(chunk + CAPACITY) / 4]!];
    const taken = Math.min(count, capacity - rows);
    let column = chunk + HEADER_BYTES;
    for (let index = 0; index < columns.length; index++) {
      const width = this.#widths[index]!;
      const out = column + rows * width;
      const values = columns[index]!;
      if (width === 8) run.gather64(out, values, order, taken);
      else if (width === 4) run.gather32(out, values, order, taken);
      else run.gather8(out, values, order, taken);
      column += alignUp(capacity * width);
    }
    u32[(chunk + ROWS) / 4] = rows + taken;
    this.#rowCounts[partition]! += taken;
    return taken;
  }

  #addChunk(partition: number): number {
    const { kernels, state } = this.#context;
    const capacity = Math.min(
      CHUNK_ROWS_MAX,
      Math.max(CHUNK_ROWS_MIN, this.#rowCounts[partition]! >>> 1),
    );
    const bytes = this.#widths.reduce((sum, width) => sum + alignUp(capacity * width), 0);
    const chunk = state.allocate(HEADER_BYTES + bytes);
    const last = this.#last[partition]!;
    kernels.u32[(last === 0 ? this.directory + 4 * partition : last) / 4] = chunk;
    kernels.u32[chunk / 4] = 0;
    kernels.u32[(chunk + ROWS) / 4] = 0;
    kernels.u32[(chunk + CAPACITY) / 4] = capacity;
    this.#last[partition] = chunk;
    return chunk;
  }
}

/** The chunks of a partition under a directory of any thread. */
export function chunksOf(
  directory: number,
  partition: number,
  widths: readonly ColumnWidth[],
  { u32 }: KernelInstance,
): RowChunk[] {
  const chunks: RowChunk[] = [];
  let chunk = u32[directory / 4 + partition]!;
  while (chunk !== 0) {
    const capacity = u32[(chunk + CAPACITY) / 4]!;
    const columns: number[] = [];
    let column = chunk + HEADER_BYTES;
    for (const width of widths) {
      columns.push(column);
      column += alignUp(capacity * width);
    }
    chunks.push({ rowCount: u32[(chunk + ROWS) / 4]!, columns });
    chunk = u32[chunk / 4]!;
  }
  return chunks;
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
