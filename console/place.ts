/** A place in SQL text; both count from 1, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A piece of one line of SQL with the word at an offset apart. */
export interface Excerpt {
  readonly before: string;
  /** Empty at the end of the text. */
  readonly marked: string;
  readonly after: string;
}

/** Characters of a line that an excerpt shows at most on each side of the marked word. */
const EXCERPT_SIDE_CHARACTERS_MAX = 60;

/** Takes the place off the end of an error message; its place is null when it names none. */
export function splitPlace(message: string): { text: string; place: Place | null } {
  const found = / at line (\d+), column (\d+)$/.exec(message);
  if (found === null) return { text: message, place: null };
  const place = { line: Number(found[1]), column: Number(found[2]) };
  return { text: message.slice(0, found.index), place };
}

/** The offset of a place, in UTF-16 units; the end of the text for places beyond it. */
export function offsetOf(text: string, { line, column }: Place): number {
  let lineStart = 0;
  for (let current = 1; current < line; current++) {
    const lineEnd = text.indexOf('\n', lineStart);
    if (lineEnd < 0) return text.length;
    lineStart = lineEnd + 1;
  }
  return Math.min(lineStart + column - 1, text.length);
}

/** The place of an offset. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** The end, exclusive, of the word, quoted text or symbol that begins at an offset. */
export function wordEnd(text: string, offset: number): number {
  const word = /(?:[\w$]+|"[^"\n]*"?|'[^'\n]*'?|`[^`\n]*`?|[^\s])/uy;
  word.lastIndex = offset;
  return offset + (word.exec(text)?.[0].length ?? 0);
}

/** The line around an offset, with the word that begins there apart; long lines are cut. */
export function excerptAt(text: string, offset: number): Excerpt {
  const end = wordEnd(text, offset);
  const lineStart = text.slice(0, offset).lastIndexOf('\n') + 1;
  const nextLine = text.indexOf('\n', end);
  const before = text.slice(lineStart, offset);
  const after = text.slice(end, nextLine < 0 ? text.length : nextLine);
  const limit = EXCERPT_SIDE_CHARACTERS_MAX;
  return {
    before: before.length > limit ? `…${before.slice(-limit)}` : before,
    marked: text.slice(offset, end),
    after: after.length > limit ? `${after.slice(0, limit)}…` : after,
  };
}
