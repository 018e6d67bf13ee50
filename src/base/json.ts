import { JSON_DEPTH_MAX } from './limits.ts';

/** A number as it is written: JavaScript's own would keep 53 bits of it. */
export interface JsonNumber {
  readonly digits: string;
}

/** What a JSON text holds. Objects keep the order of their keys; of equal keys the last counts. */
export type JsonValue = string | boolean | null | JsonNumber | JsonArray | JsonObject;

/** The elements of a JSON array. */
export type JsonArray = readonly JsonValue[];

/** The members of a JSON object. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/**
 * Reads JSON (RFC 8259).
 *
 * @returns undefined for a text that is not JSON, or that nests deeper than `JSON_DEPTH_MAX`.
 */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return new Parser(text).parse();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes JSON without blanks, numbers as they were written. */
export function formatJson(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof Map) {
    const members = Array.from(value as JsonObject, ([key, member]) => {
      return `${JSON.stringify(key)}:${formatJson(member)}`;
    });
    return `{${members.join(',')}}`;
  }
  return 'digits' in value ? value.digits : `[${elementsOf(value).map(formatJson).join(',')}]`;
}

/** The elements of a value that is an array; none of any other. */
export function elementsOf(value: JsonValue): JsonArray {
  return Array.isArray(value) ? value : [];
}

/** The members of a value that is an object; none of any other. */
export function membersOf(value: JsonValue): JsonObject {
  return value instanceof Map ? value : NO_MEMBERS;
}

const NO_MEMBERS: JsonObject = new Map();
const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const BLANKS = /[\t\n\r ]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Recursive descent; anything unexpected is a SyntaxError. */
class Parser {
  readonly #text: string;
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): JsonValue {
    const value = this.#value();
    if (this.#next < this.#text.length) throw new SyntaxError();
    return value;
  }

  /** A value and the blanks around it. */
  #value(): JsonValue {
    if (++this.#depth > JSON_DEPTH_MAX) throw new SyntaxError();
    this.#match(BLANKS);
    const value = this.#bareValue();
    this.#match(BLANKS);
    this.#depth--;
    return value;
  }

  #bareValue(): JsonValue {
    switch (this.#text[this.#next]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return { digits: this.#match(NUMBER) };
    }
  }

  #object(): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#next++;
    this.#match(BLANKS);
    if (this.#accept('}')) return members;
    do {
      this.#match(BLANKS);
      const key = this.#string();
      this.#match(BLANKS);
      this.#expect(':');
      members.set(key, this.#value());
    } while (this.#accept(','));
    this.#expect('}');
    return members;
  }

  #array(): JsonArray {
    const elements: JsonValue[] = [];
    this.#next++;
    this.#match(BLANKS);
    if (this.#accept(']')) return elements;
    do elements.push(this.#value());
    while (this.#accept(','));
    this.#expect(']');
    return elements;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#next;
    this.#expect('"');
    let isPlain = true;
    let end = this.#next;
    for (let unit = text.charCodeAt(end); unit !== QUOTE; unit = text.charCodeAt(++end)) {
      if (end >= text.length) throw new SyntaxError();
      if (unit === BACKSLASH) end++;
      if (unit === BACKSLASH || unit < SPACE) isPlain = false;
    }
    this.#next = end + 1;
    return isPlain ? text.slice(start + 1, end) : JSON.parse(text.slice(start, end + 1));
  }

  #word<Word extends JsonValue>(text: string, value: Word): Word {
    for (const letter of text) this.#expect(letter);
    return value;
  }

  #accept(character: string): boolean {
    if (this.#text[this.#next] !== character) return false;
    this.#next++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw new SyntaxError();
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#next;
    const found = pattern.exec(this.#text);
    if (found === null) throw new SyntaxError();
    this.#next = pattern.lastIndex;
    return found[0];
  }
}
