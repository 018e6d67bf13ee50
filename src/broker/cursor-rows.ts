import { EngineError } from '../base/errors.ts';
import { CURSOR_BYTES_MAX } from '../base/serving-limits.ts';
import type { Steps } from '../exec/steps.ts';
import type { OutputColumn } from '../sql/plan.ts';
import { rowWriter, STEP_ROWS } from './json-rows.ts';
import type { ResultTable } from './response.ts';

/** The rows of an answer as they go out, so that any of them can go out. */
export interface EncodedRows {
  readonly columns: readonly OutputColumn[];
  readonly rowCount: number;
  /** Memory that they take. */
  readonly lengthBytes: number;
  /** Rows from `start` to before `end` as JSON, `[[…],[…]]`. */
  slice(start: number, end: number): string;
}

/**
 * Writes all rows of an answer.
 *
 * @throws EngineError MEMORY_LIMIT when they take more than all cursors may.
 */
export function* encodeRows({ columns, vectors, rowCount }: ResultTable): Steps<EncodedRows> {
  const write = rowWriter(vectors);
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  /** Where each row starts, and where the last one ends. A comma stands before every row but the first. */
  const offsets = new Uint32Array(rowCount + 1);
  let lengthBytes = 0;
  for (let row = 0; row < rowCount; row++) {
    if (row % STEP_ROWS === STEP_ROWS - 1) yield;
    const piece = encoder.encode(`,${write(row)}`);
    pieces.push(piece);
    lengthBytes += piece.length;
    if (lengthBytes > CURSOR_BYTES_MAX) throw tooLarge();
    offsets[row + 1] = lengthBytes;
  }
  const bytes = new Uint8Array(lengthBytes);
  pieces.forEach((piece, row) => {
    bytes.set(piece, offsets[row]);
  });
  return {
    columns,
    rowCount,
    lengthBytes: lengthBytes + offsets.byteLength,
    slice: (start, end) => {
      if (start >= end) return '[]';
      const part = bytes.subarray(offsets[start]! + 1, offsets[end]);
      return `[${new TextDecoder().decode(part)}]`;
    },
  };
}

function tooLarge(): EngineError {
  return new EngineError(
    'MEMORY_LIMIT',
    `broker: the answer takes more than ${CURSOR_BYTES_MAX} bytes, which is all that cursors may; ` +
      'ask for fewer rows with LIMIT',
  );
}
