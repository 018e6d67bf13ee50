import type { TextPosition } from '../base/errors.ts';

/** Turns an offset in one text into a position with line and column. */
export type PositionLookup = (offset: number) => TextPosition;

/**
 * Makes the lookup for a text. The list of line starts is built on first use, so that a statement
 * without errors pays nothing; after that a lookup is a binary search.
 */
export function positionLookup(text: string): PositionLookup {
  let lineStarts: number[] | null = null;
  return (offset) => {
    lineStarts ??= findLineStarts(text);
    let low = 0;
    let high = lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { offset, line: low + 1, column: offset - lineStarts[low]! + 1 };
  };
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
    starts.push(end + 1);
  }
  return starts;
}
