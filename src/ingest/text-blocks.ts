import { EngineError, errorMessage } from '../base/errors.ts';
import type { DiskFile } from '../io/disk.ts';
import { gunzip } from '../io/node-gunzip.ts';

/** Bytes read from the disk at a time. */
const PIECE_BYTES = 1_048_576;

/** A piece of a text file. */
export interface TextBlock {
  /** Not aligned to lines; never empty except at the end. */
  readonly text: string;
  /** Bytes of the file read so far, as they lie on the disk. */
  readonly bytesRead: number;
  /** True for the last block, and only for it. */
  readonly isLast: boolean;
}

/**
 * A text file in pieces: decompressed when its name ends in `.gz`, decoded as UTF-8, without a byte
 * order mark.
 *
 * @throws EngineError CORRUPT_DATA when it is not gzip, SCHEMA_MISMATCH when it is not UTF-8.
 */
export async function* readTextBlocks(path: string, file: DiskFile): AsyncGenerator<TextBlock> {
  const progress = { bytesRead: 0 };
  const pieces = readPieces(file, progress);
  const bytes = path.toLowerCase().endsWith('.gz') ? decompress(path, pieces) : pieces;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch (cause) {
      throw new EngineError(
        'SCHEMA_MISMATCH',
        `ingest: ${path}: expected UTF-8 text, found other bytes before byte ${progress.bytesRead}; ` +
          'convert the file to UTF-8',
        { cause },
      );
    }
  };
  for await (const piece of bytes) {
    const text = decode(piece);
    if (text !== '') yield { text, bytesRead: progress.bytesRead, isLast: false };
  }
  yield { text: decode(), bytesRead: progress.bytesRead, isLast: true };
}

async function* readPieces(
  file: DiskFile,
  progress: { bytesRead: number },
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const read = await file.read(piece, progress.bytesRead);
    if (read === 0) return;
    progress.bytesRead += read;
    yield piece.subarray(0, read);
  }
}

async function* decompress(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzip(pieces);
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(
      'CORRUPT_DATA',
      `ingest: ${path}: expected gzip data, found a broken stream: ${errorMessage(cause)}`,
      { cause },
    );
  }
}
