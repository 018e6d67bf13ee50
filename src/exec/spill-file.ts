import { crc32c } from '../base/checksum.ts';
import { EngineError } from '../base/errors.ts';
import type { SpillArea, SpillDisk } from '../io/disk.ts';
import { decodeBlock, encodeBlock } from './block.ts';
import type { Partial } from './partial.ts';
import type { TaskCells } from './task-cells.ts';
import type { TextDictionary } from './vector.ts';

/** A partial result in a temporary file: plain data, by which any thread of the process reads it. */
export interface SpilledBlock {
  readonly file: number;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** CRC-32C of its bytes. */
  readonly checksum: number;
  /** Groups or rows. */
  readonly rowCount: number;
}

/**
 * What one thread puts on the disk for one query: blocks, one after another in a file that is created for the
 * first of them.
 */
export class SpillFile {
  readonly #area: SpillArea;
  readonly #cells: TaskCells;
  readonly #bytesMax: number;
  readonly #shared: readonly TextDictionary[];
  #file: number | null = null;
  /** Bytes that were written. */
  lengthBytes = 0;

  /**
   * @param cells where threads add up what they have put there.
   * @param bytesMax of all threads together.
   * @param shared dictionaries that every reader has, as `encodeBlock` takes them.
   */
  constructor(
    area: SpillArea,
    cells: TaskCells,
    bytesMax: number,
    shared: readonly TextDictionary[],
  ) {
    this.#area = area;
    this.#cells = cells;
    this.#bytesMax = bytesMax;
    this.#shared = shared;
  }

  /**
   * Writes a partial result.
   *
   * @throws EngineError SPILL_LIMIT past the query's limit, IO when the disk says no.
   */
  write(partial: Partial): SpilledBlock {
    const bytes = encodeBlock(partial, this.#shared);
    const kibibytes = this.#cells.addSpilledKibibytes(Math.ceil(bytes.length / 1024));
    if (kibibytes * 1024 > this.#bytesMax) throw tooMuchSpilled(kibibytes * 1024, this.#bytesMax);
    const { disk, folder } = this.#area;
    this.#file ??= disk.create(folder);
    const block = {
      file: this.#file,
      offsetBytes: this.lengthBytes,
      lengthBytes: bytes.length,
      checksum: crc32c(bytes),
      rowCount: partial.kind === 'aggregate' ? partial.groupCount : partial.rowCount,
    };
    disk.write(this.#file, bytes, this.lengthBytes);
    this.lengthBytes += bytes.length;
    return block;
  }

  /**
   * Reads what this thread or another has written.
   *
   * @throws EngineError CORRUPT_DATA when it is not what was written, IO.
   */
  read(block: SpilledBlock): Partial {
    return decodeBlock(readSpilled(this.#area.disk, block), this.#shared);
  }

  get isEmpty(): boolean {
    return this.#file === null;
  }

  /** Ends the file. */
  close(): void {
    if (this.#file !== null) this.#area.disk.close(this.#file);
    this.#file = null;
  }
}

function readSpilled(disk: SpillDisk, block: SpilledBlock): Uint8Array {
  const { file, offsetBytes, lengthBytes, checksum } = block;
  const bytes = new Uint8Array(lengthBytes);
  const read = disk.read(file, bytes, offsetBytes);
  if (read !== lengthBytes) {
    throw corrupt(`expected ${lengthBytes} bytes at ${offsetBytes}, found ${read}`);
  }
  const found = crc32c(bytes);
  if (found !== checksum) {
    throw corrupt(
      `expected CRC-32C ${checksum} of ${lengthBytes} bytes at ${offsetBytes}, found ${found}`,
    );
  }
  return bytes;
}

function corrupt(detail: string): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `execution: what the query has spilled has changed on the disk: ${detail}; run it again`,
  );
}

function tooMuchSpilled(bytes: number, bytesMax: number): EngineError {
  return new EngineError(
    'SPILL_LIMIT',
    `execution: the query would put ${bytes} bytes on the disk, and its limit is ${bytesMax}; SET ` +
      'maxQuerySpillBytes raises it, SET maxQueryMemoryBytes makes it spill less',
  );
}
