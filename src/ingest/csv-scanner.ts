import { EngineError } from '../base/errors.ts';
import { RECORD_CHARACTERS_MAX } from '../base/limits.ts';

/** One record of a CSV text. */
export interface CsvRecord {
  /** Line of the text on which it starts, from 1. */
  readonly line: number;
  /** Field texts; null for an empty field without quotes, '' for `""`. */
  readonly fields: readonly (string | null)[];
  /** Why it is no record, or null when it is one. */
  readonly error: string | null;
}

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Splits CSV text (RFC 4180, with LF or CRLF) into records, whatever way the text is cut into blocks.
 * A quote opens a quoted field only as the field's first character; elsewhere it is text.
 */
export class CsvScanner {
  readonly #delimiter: string;
  readonly #delimiterUnit: number;
  #rest = '';
  #line = 1;

  /** @param delimiter one character. */
  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#delimiterUnit = delimiter.charCodeAt(0);
  }

  /**
   * The records that end in this block; what follows is kept for the next.
   *
   * @param isLast that no text follows.
   * @throws EngineError SCHEMA_MISMATCH when a record is longer than `RECORD_CHARACTERS_MAX`.
   */
  *scan(block: string, isLast: boolean): Generator<CsvRecord> {
    const text = this.#rest + block;
    let position = 0;
    let quote = -1;
    while (position < text.length) {
      const newline = text.indexOf('\n', position);
      if (newline < 0 && !isLast) break;
      const lineEnd = newline < 0 ? text.length : newline;
      if (quote < position && quote !== text.length) quote = indexOrEnd(text, '"', position);
      if (quote >= lineEnd) {
        yield { line: this.#line, fields: this.#plainFields(text, position, lineEnd), error: null };
        this.#line++;
        position = lineEnd + 1;
      } else {
        const scanned = this.#quotedFields(text, position, isLast);
        if (scanned === null) break;
        yield { line: this.#line, fields: scanned.fields, error: scanned.error };
        this.#line += countNewlines(text, position, scanned.end);
        position = scanned.end;
      }
    }
    this.#rest = text.slice(position);
    if (this.#rest.length > RECORD_CHARACTERS_MAX) {
      throw new EngineError(
        'SCHEMA_MISMATCH',
        `csv: expected records of at most ${RECORD_CHARACTERS_MAX} characters, found a longer one ` +
          `that starts in line ${this.#line}; is a quote not closed?`,
      );
    }
  }

  #plainFields(text: string, start: number, lineEnd: number): (string | null)[] {
    const end = lineEnd > start && text.charCodeAt(lineEnd - 1) === RETURN ? lineEnd - 1 : lineEnd;
    const fields: (string | null)[] = text.slice(start, end).split(this.#delimiter);
    for (let index = 0; index < fields.length; index++) {
      if (fields[index] === '') fields[index] = null;
    }
    return fields;
  }

  /** A record that may have quotes; null when it goes on in the next block. */
  #quotedFields(
    text: string,
    start: number,
    isLast: boolean,
  ): { fields: (string | null)[]; error: string | null; end: number } | null {
    const fields: (string | null)[] = [];
    let position = start;
    for (;;) {
      let end: number;
      if (text.charCodeAt(position) === QUOTE) {
        end = closingQuote(text, position + 1);
        if (end === text.length || (end === text.length - 1 && !isLast)) {
          return isLast ? { fields, error: 'a closing quote', end } : null;
        }
        fields.push(text.slice(position + 1, end).replaceAll('""', '"'));
        end++;
        if (text.charCodeAt(end) === RETURN && text.charCodeAt(end + 1) === NEWLINE) end++;
        else if (end === text.length - 1 && text.charCodeAt(end) === RETURN && !isLast) return null;
      } else {
        end = this.#plainEnd(text, position);
        if (end === text.length && !isLast) return null;
        const isLineEnd = text.charCodeAt(end) !== this.#delimiterUnit;
        const hasReturn = isLineEnd && end > position && text.charCodeAt(end - 1) === RETURN;
        fields.push(text.slice(position, hasReturn ? end - 1 : end) || null);
      }
      if (end >= text.length) return { fields, error: null, end };
      const unit = text.charCodeAt(end);
      if (unit === NEWLINE) return { fields, error: null, end: end + 1 };
      if (unit !== this.#delimiterUnit) {
        const newline = text.indexOf('\n', end);
        if (newline < 0 && !isLast) return null;
        const error = `${JSON.stringify(this.#delimiter)} or the end of the line after a closing quote`;
        return { fields, error, end: newline < 0 ? text.length : newline + 1 };
      }
      position = end + 1;
    }
  }

  /** Where an unquoted field ends: at the delimiter, the newline or the end of the text. */
  #plainEnd(text: string, start: number): number {
    let end = start;
    while (end < text.length) {
      const unit = text.charCodeAt(end);
      if (unit === this.#delimiterUnit || unit === NEWLINE) break;
      end++;
    }
    return end;
  }
}

/** The position of the quote that closes a field, past doubled ones; the text's length if none does. */
function closingQuote(text: string, start: number): number {
  let position = indexOrEnd(text, '"', start);
  while (position < text.length - 1 && text.charCodeAt(position + 1) === QUOTE) {
    position = indexOrEnd(text, '"', position + 2);
  }
  return position;
}

function indexOrEnd(text: string, search: string, from: number): number {
  const index = text.indexOf(search, from);
  return index < 0 ? text.length : index;
}

function countNewlines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    count++;
  }
  return count;
}
