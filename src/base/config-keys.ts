import { EngineError } from './errors.ts';
import { didYouMean } from './nearest-name.ts';
import type { PlainJson, PlainJsonRecord } from './plain-json.ts';

/** What becomes of a key: read, or accepted without effect, or refused unless its value is empty. */
type KeyRule = 'read' | 'ignored' | 'refused';

/** What becomes of each key of an object. */
export type Keys = Readonly<Record<string, KeyRule>>;

/** The same rule for several keys. */
export function keys(rule: KeyRule, ...names: readonly string[]): Keys {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** @throws EngineError UNKNOWN_OPTION for a key that is not known, NOT_SUPPORTED for a refused one. */
export function checkKeys(item: PlainJsonRecord, known: Keys, place: string): void {
  for (const [key, value] of Object.entries(item)) {
    if (!Object.hasOwn(known, key)) throw unknown(place, Object.keys(known), key);
    if (known[key] === 'refused' && !isEmpty(value)) throw notSupported(place, key);
  }
}

function isEmpty(json: PlainJson): boolean {
  if (typeof json !== 'object') return json === false || json === '';
  return json === null || Object.keys(json).length === 0;
}

/** @throws EngineError BAD_REQUEST for what is no object. */
export function recordOf(json: unknown, place: string): PlainJsonRecord {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as PlainJsonRecord;
  }
  throw wrong(place, 'an object', JSON.stringify(json) ?? 'nothing');
}

/** Null is an empty list. @throws EngineError BAD_REQUEST for what is no list. */
export function listOf(json: PlainJson, place: string): readonly PlainJson[] {
  if (Array.isArray(json)) return json;
  if (json === null) return [];
  throw wrong(place, 'a list', JSON.stringify(json));
}

/** @throws EngineError BAD_REQUEST for what is no list of texts. */
export function namesOf(json: PlainJson, place: string): string[] {
  return listOf(json, place).map((name) => {
    if (typeof name === 'string') return name;
    throw wrong(place, 'a list of names', JSON.stringify(json));
  });
}

/** The error for a value that cannot be. */
export function wrong(place: string, expected: string, found: string): EngineError {
  return new EngineError('BAD_REQUEST', `${place}: expected ${expected}, found ${found}`);
}

/** The error for a name that is not known, with the nearest one that is. */
export function unknown(place: string, known: readonly string[], found: string): EngineError {
  const text = `${place}: expected ${known.join(', ')}, found ${found}`;
  return new EngineError('UNKNOWN_OPTION', text + didYouMean(found, known));
}

/** The error for what Pinot has and Nyala has not. */
export function notSupported(place: string, what: string): EngineError {
  return new EngineError(
    'NOT_SUPPORTED',
    `${place}: Pinot's ${what} is not supported; leave it out`,
  );
}
