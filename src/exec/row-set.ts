import type { ExecutionContext } from './context.ts';

/**
 * Some rows of a segment: all of `start … start + span`, or those of a mask over them, or those at
 * given positions. Addresses live in batch scratch.
 */
export interface RowSet {
  /** First row of the span; a multiple of 64. */
  readonly start: number;
  /** Rows that the span covers. */
  readonly span: number;
  /** Rows in the set. */
  readonly count: number;
  /** Address of the bitmap over the span; 0 when every row of the span is in the set. */
  readonly mask: number;
  /** Address of `count` ascending u32 positions relative to `start`; 0 when all rows are in. */
  readonly indexes: number;
}

/** All rows of a span. */
export function allRows(start: number, span: number): RowSet {
  return { start, span, count: span, mask: 0, indexes: 0 };
}

/** The rows at `count` ascending positions. */
export function rowsAt(indexes: number, count: number, span: number): RowSet {
  return { start: 0, span, count, mask: 0, indexes };
}

/** As many rows of a set from a place in it on; positions must have been found. Not for NULL bitmaps. */
export function someRows({ start, span, indexes }: RowSet, from: number, count: number): RowSet {
  return indexes === 0
    ? allRows(start + from, count)
    : { start, span, count, mask: 0, indexes: indexes + from * 4 };
}

/** The rows of a mask over a span. Positions are found when somebody asks for them. */
export function maskedRows(
  mask: number,
  start: number,
  span: number,
  context: ExecutionContext,
): RowSet {
  const wordCount = Math.ceil(span / 64);
  const count = context.kernels.run.bitmapCount(mask, wordCount);
  return count === span ? allRows(start, span) : new MaskedRows(mask, start, span, count, context);
}

/** A bitmap of the set's rows over its span, in batch scratch, for the caller to clear bits in. */
export function copyMask(rows: RowSet, { kernels, batch }: ExecutionContext): number {
  const lengthBytes = Math.ceil(rows.span / 64) * 8;
  const mask = batch.allocate(lengthBytes);
  if (rows.mask === 0) kernels.run.bitmapFill(mask, rows.span);
  else kernels.u8.copyWithin(mask, rows.mask, rows.mask + lengthBytes);
  return mask;
}

/** `bitmapToIndexes` may write so much beyond the last position. */
const INDEXES_SLACK_BYTES = 32;

class MaskedRows implements RowSet {
  readonly start: number;
  readonly span: number;
  readonly count: number;
  readonly mask: number;
  readonly #context: ExecutionContext;
  #indexes = 0;

  constructor(mask: number, start: number, span: number, count: number, context: ExecutionContext) {
    this.mask = mask;
    this.start = start;
    this.span = span;
    this.count = count;
    this.#context = context;
  }

  get indexes(): number {
    if (this.#indexes === 0) {
      const { kernels, batch } = this.#context;
      this.#indexes = batch.allocate(this.count * 4 + INDEXES_SLACK_BYTES);
      kernels.run.bitmapToIndexes(this.#indexes, this.mask, Math.ceil(this.span / 64));
    }
    return this.#indexes;
  }
}
