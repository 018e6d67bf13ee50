import { assert } from '../../base/assert.ts';
import { bytesOfString } from '../../base/byte-string.ts';
import { encodeUtf8 } from '../../base/bytes.ts';
import { wideKey } from '../../base/decimal.ts';
import { sequence } from '../../base/sequence.ts';
import { type DataType, isText, isWideDecimal } from '../../base/types.ts';

import type { Call } from '../../sql/expression.ts';
import type { FlatData, TextDictionary, TextVector, Vector } from '../vector.ts';
import { gatherVector, newFlatData, setFlat } from '../vector-build.ts';
import { type Argument, type Implementation, type Invocation, strict } from './implementation.ts';
import { halvesOf, readInteger } from './memory.ts';

/** What a scalar function on text takes: STRING as string, every number as a JavaScript number. */
export type ScalarArgument = string | number;

/** What it returns, for a result of type STRING, BOOLEAN, or a number or date type; null for NULL. */
export type ScalarResult = string | boolean | number | bigint | null;

/** A function of single values, none of them NULL. The signature guarantees its argument types. */
export type Scalar = (...values: never[]) => ScalarResult;

/** A strict function of single values; `prepare` gives it the call that its errors point to. */
export function textFunction(prepare: (call: Call) => Scalar): Implementation {
  return strict((args, invocation) => applyToText(args, invocation, prepare(invocation.call)));
}

/**
 * Applies a scalar function to every row that is not NULL. When one text column is the only argument
 * that varies, the function runs once for each dictionary entry that occurs, and remembers the result
 * for later batches over the same dictionary. The result's dictionary then grows from batch to batch:
 * entries that no row has referred to yet are empty, and must not be read ahead of their rows.
 */
export function applyToText(
  args: readonly Argument[],
  invocation: Invocation,
  scalar: Scalar,
): Vector {
  const apply = scalar as (...values: ScalarArgument[]) => ScalarResult;
  const variables = args.filter((arg) => arg.kind !== 'constant');
  const [only] = variables;
  const isDictionaryWorthIt =
    variables.length === 1 &&
    only?.kind === 'text' &&
    isEntryMemoWorthIt(only.dictionary, invocation.rowCount);
  return isDictionaryWorthIt
    ? applyPerEntry(only, args, invocation, apply)
    : applyPerRow(args, invocation, apply);
}

/** Reads a text argument row by row. NULL rows read as an arbitrary text. */
export function textReader(argument: Argument): (row: number) => string {
  assert(isText(argument.type), () => `expected text, found ${argument.type}`);
  if (argument.kind === 'text') {
    const { codes, dictionary } = argument;
    return (row) => dictionary.at(codes[row]!)!;
  }
  const value = argument.kind === 'constant' ? (argument.value as string) : '';
  return () => value;
}

/** What makes bytes of the values of a text or BYTES argument: a text's are UTF-8. */
export function bytesMaker(argument: Argument): (text: string) => Uint8Array {
  return argument.type === 'BYTES' ? bytesOfString : encodeUtf8;
}

/** A strict function whose first argument is text or bytes, and which wants its bytes. */
export function bytesFunction(
  prepare: (call: Call) => (bytes: Uint8Array, ...others: never[]) => ScalarResult,
): Implementation {
  return strict((args, invocation) => {
    const scalar = prepare(invocation.call);
    const toBytes = bytesMaker(args[0]!);
    return applyToText(args, invocation, (text: string, ...others: never[]) =>
      scalar(toBytes(text), ...others),
    );
  });
}

/** Reads a numeric argument row by row, integers beyond 2^53 rounded. */
export function numberReader(argument: Argument): (row: number) => number {
  assert(argument.kind !== 'text', 'expected numbers, found text');
  if (argument.kind === 'constant') {
    const value = Number(argument.value);
    return () => value;
  }
  const { data } = argument;
  if (data instanceof BigInt64Array) {
    const halves = halvesOf(data);
    return (row) => readInteger(halves, row);
  }
  return (row) => data[row]!;
}

/**
 * A dictionary may be larger than one batch and yet pay, because results are kept; but preparing room
 * for all entries must not cost more than computing the rows.
 */
const DICTIONARY_ENTRIES_PER_ROW_MAX = 8;

/** True when results are better kept by entry than made for each of so many rows. */
export function isEntryMemoWorthIt({ length }: TextDictionary, rowCount: number): boolean {
  return length <= DICTIONARY_ENTRIES_PER_ROW_MAX * rowCount;
}

/** Rows between two looks whether the query may go on: some milliseconds. */
const STEP_ROWS = 4096;

/** What is known of a dictionary entry's result. */
const ENTRY = { unknown: 0, value: 1, null: 2 } as const;

interface EntryMemo {
  readonly dictionary: TextDictionary;
  readonly states: Uint8Array;
  readonly results: string[] | FlatData;
}

/** The results of a call on its latest dictionary; it goes when the plan that holds the call goes. */
const memos = new WeakMap<Call, EntryMemo>();

function memoFor(call: Call, dictionary: TextDictionary): EntryMemo {
  const known = memos.get(call);
  if (known?.dictionary === dictionary) return known;
  const states = new Uint8Array(dictionary.length);
  const memo = { dictionary, states, results: newResults(call.type, dictionary.length) };
  memos.set(call, memo);
  return memo;
}

function newResults(type: DataType, count: number): string[] | FlatData {
  if (isText(type)) return new Array<string>(count).fill('');
  return isWideDecimal(type) ? new Array<string>(count).fill(ZERO_KEY) : newFlatData(type, count);
}

const ZERO_KEY = wideKey(0n);

function storeResult(
  results: string[] | FlatData,
  index: number,
  result: NonNullable<ScalarResult>,
): void {
  if (Array.isArray(results)) {
    assert(typeof result === 'string' || typeof result === 'bigint', 'text or a wide decimal');
    results[index] = typeof result === 'string' ? result : wideKey(result);
  } else {
    assert(typeof result !== 'string', 'only a STRING function returns text');
    setFlat(results, index, result);
  }
}

function applyPerEntry(
  text: TextVector,
  args: readonly Argument[],
  { call, rowCount, nulls: argumentNulls, context: { control } }: Invocation,
  apply: (...values: ScalarArgument[]) => ScalarResult,
): Vector {
  const { codes, dictionary } = text;
  let nulls = argumentNulls;
  const { states, results } = memoFor(call, dictionary);
  const position = args.indexOf(text);
  const values = args.map((arg) => (arg.kind === 'constant' ? readerOf(arg)(0) : ''));
  for (let row = 0; row < rowCount; row++) {
    if (row % STEP_ROWS === 0) control?.checkpoint();
    const code = codes[row]!;
    if (argumentNulls?.[row] === 1) continue;
    if (states[code] === ENTRY.unknown) {
      values[position] = dictionary.at(code)!;
      const result = apply(...values);
      states[code] = result === null ? ENTRY.null : ENTRY.value;
      if (result !== null) storeResult(results, code, result);
    }
    if (states[code] === ENTRY.null) nulls = withNull(nulls, argumentNulls, row, rowCount);
  }
  const { type } = call;
  if (isText(type) || isWideDecimal(type)) {
    assert(Array.isArray(results), 'a function of text returns text');
    return { kind: 'text', type, codes, dictionary: results, nulls };
  }
  assert(!Array.isArray(results), 'only a function of text returns text');
  const table = { kind: 'flat', type, data: results, nulls: null } as const;
  return { ...gatherVector(table, codes), nulls };
}

function applyPerRow(
  args: readonly Argument[],
  { call, rowCount, nulls: argumentNulls, context: { control } }: Invocation,
  apply: (...values: ScalarArgument[]) => ScalarResult,
): Vector {
  let nulls = argumentNulls;
  const readers = args.map(readerOf);
  const results = newResults(call.type, rowCount);
  const values: ScalarArgument[] = args.map(() => '');
  for (let row = 0; row < rowCount; row++) {
    if (row % STEP_ROWS === 0) control?.checkpoint();
    if (argumentNulls?.[row] === 1) continue;
    for (let index = 0; index < values.length; index++) values[index] = readers[index]!(row);
    const result = apply(...values);
    if (result === null) nulls = withNull(nulls, argumentNulls, row, rowCount);
    else storeResult(results, row, result);
  }
  const { type } = call;
  if (isText(type) || isWideDecimal(type)) {
    assert(Array.isArray(results), 'a function of text returns text');
    return { ...textOfRows(results, nulls), type };
  }
  assert(!Array.isArray(results), 'only a function of text returns text');
  return { kind: 'flat', type, data: results, nulls };
}

/** Marks a row NULL, in a copy of the arguments' NULLs as long as the two are the same. */
function withNull(
  nulls: Uint8Array | null,
  argumentNulls: Uint8Array | null,
  row: number,
  rowCount: number,
): Uint8Array {
  const own = nulls === null || nulls === argumentNulls ? new Uint8Array(rowCount) : nulls;
  if (own !== nulls && nulls !== null) own.set(nulls);
  own[row] = 1;
  return own;
}

/** A text vector of one string a row. */
export function textOfRows(texts: readonly string[], nulls: Uint8Array | null): TextVector {
  return { kind: 'text', type: 'STRING', codes: sequence(texts.length), dictionary: texts, nulls };
}

function readerOf(argument: Argument): (row: number) => ScalarArgument {
  return isText(argument.type) ? textReader(argument) : numberReader(argument);
}
