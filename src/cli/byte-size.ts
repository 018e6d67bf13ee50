import { EngineError } from '../base/errors.ts';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/**
 * Reads an amount of memory: bytes, or a number with k, m, g or t (powers of 1024), such as `4g` or
 * `1.5GB`.
 *
 * @throws EngineError BAD_REQUEST for anything else.
 */
export function parseByteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  if (match === null) {
    throw new EngineError(
      'BAD_REQUEST',
      `nyala: expected an amount of memory such as 512m or 4g, found ${JSON.stringify(text)}`,
    );
  }
  return Math.floor(Number(match[1]) * UNIT_BYTES[match[2]!.toLowerCase()]!);
}

/** An amount of memory for people: `1.5 GB`. */
export function byteSizeText(bytes: number): string {
  for (const [unit, size] of [
    ['TB', 1024 ** 4],
    ['GB', 1024 ** 3],
    ['MB', 1024 ** 2],
    ['KB', 1024],
  ] as const) {
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`;
  }
  return `${bytes} B`;
}
