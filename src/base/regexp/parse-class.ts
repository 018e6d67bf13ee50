import { withBothCases } from './case-fold.ts';
import { CharacterSet, type SetParts } from './character-set.ts';
import { posixSet } from './named-sets.ts';
import { type Escape, parseEscape } from './parse-escape.ts';
import type { PatternReader } from './reader.ts';

/**
 * Reads a class such as `[^a-z\d[:punct:]]`; its opening bracket was just read. A `]` that comes
 * first and a `-` that is first or last stand for themselves.
 */
export function parseClass(reader: PatternReader, ignoreCase: boolean): CharacterSet {
  const start = reader.offset - 1;
  const isNegated = reader.accept('^');
  const written: number[] = [];
  const named: number[] = [];
  const properties: SetParts['properties'][number][] = [];
  for (let isFirst = true; isFirst || reader.peek() !== ']'; isFirst = false) {
    const offset = reader.offset;
    const item = parseItem(reader, start);
    if (item.kind === 'ranges') named.push(...item.ranges);
    else if (item.kind === 'property') properties.push(item);
    else written.push(item.codePoint, parseRangeEnd(reader, item.codePoint, offset, start));
  }
  reader.take();
  const ranges = [...named, ...(ignoreCase ? withBothCases(written) : written)];
  return new CharacterSet({ ranges, properties, isNegated });
}

function parseItem(reader: PatternReader, start: number): Escape {
  if (reader.peek() === '') throw reader.invalid('expected ] to close the class', start);
  const offset = reader.offset;
  if (reader.accept('[:')) {
    const name = reader.takeUntil(':');
    if (name !== null && reader.accept(']')) {
      const ranges = posixSet(name);
      if (ranges === null) throw reader.invalid(`unknown class [:${name}:]`, offset);
      return { kind: 'ranges', ranges };
    }
    reader.rewind(offset);
  }
  const character = reader.take();
  if (character === '\\') return parseEscape(reader);
  return { kind: 'character', codePoint: character.codePointAt(0)! };
}

/** The last character of a range whose first was read: that one itself when no range is meant. */
function parseRangeEnd(
  reader: PatternReader,
  first: number,
  offset: number,
  start: number,
): number {
  const hyphen = reader.offset;
  if (!reader.accept('-')) return first;
  if (reader.peek() === ']' || reader.peek() === '') {
    reader.rewind(hyphen);
    return first;
  }
  const end = parseItem(reader, start);
  if (end.kind !== 'character' || end.codePoint < first) {
    throw reader.invalid('expected a range from a lower to a higher character', offset);
  }
  return end.codePoint;
}
