/**
 * A field as a text file has it: CSV fields are strings; JSON fields are whatever they were, except
 * that integers beyond 2⁵³ are bigint and nested values are their JSON text.
 */
export type Scalar = string | number | bigint | boolean | null;

/** Marks a string that stands for an integer which a double cannot hold. */
const INTEGER_MARK = '\u0000integer:';
const LONG_INTEGER = /^-?\d{16,}$/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * One line of NDJSON as fields. Integers of 16 and more digits arrive exactly, as bigint; nested
 * values as their JSON text.
 *
 * @returns null when the line is not a JSON object.
 */
export function parseJsonLine(line: string): Map<string, Scalar> | null {
  const parsed = parseExactly(line);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  return new Map(Object.entries(parsed).map(([name, value]) => [name, scalarOf(value)]));
}

/** The elements of a JSON array, as fields; null for any other text. */
export function parseJsonArray(text: string): Scalar[] | null {
  const parsed = parseExactly(text);
  return Array.isArray(parsed) ? parsed.map(scalarOf) : null;
}

/** What JSON.parse gives, long integers marked; null for what is not JSON. */
function parseExactly(text: string): unknown {
  try {
    return JSON.parse(/\d{16}/.test(text) ? markLongIntegers(text) : text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** JSON.parse rounds integers to doubles, so they go through it as strings. */
function markLongIntegers(line: string): string {
  return line.replace(TOKEN, (token) =>
    LONG_INTEGER.test(token) ? JSON.stringify(INTEGER_MARK + token) : token,
  );
}

function scalarOf(value: unknown): Scalar {
  if (typeof value === 'string') {
    return value.startsWith(INTEGER_MARK) ? BigInt(value.slice(INTEGER_MARK.length)) : value;
  }
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value).replace(/"\\u0000integer:(-?\d+)"/g, (_, digits: string) => digits);
}
