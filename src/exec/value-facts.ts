import { isFloat, isText } from '../base/types.ts';
import { textEntryType } from '../segment/metadata.ts';
import type { Expression } from '../sql/expression.ts';
import { textSources } from './chosen-text.ts';
import { OrdinalDictionary } from './ordinals.ts';
import type { SegmentView } from './segment-view.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';

/**
 * What is known of all values of an expression before they come: texts that are entries of one sorted
 * dictionary, or integers (dates, timestamps, booleans, decimals) in a range with both ends. Null: nothing.
 */
export type ValueFacts =
  | {
      readonly kind: 'ordinals';
      readonly dictionary: OrdinalDictionary;
      readonly hasNulls: boolean;
    }
  | {
      readonly kind: 'range';
      readonly min: bigint;
      readonly max: bigint;
      readonly hasNulls: boolean;
    }
  | null;

/** Facts of an expression over the rows of segments. */
export function factsOfSegments(
  expression: Expression,
  segments: readonly SegmentView[],
): ValueFacts {
  if (expression.kind !== 'column') return factsOfChosen(expression, segments);
  const columns = segments.map((segment) => segment.columns.get(expression.name)!);
  const hasNulls = columns.some(({ metadata }) => metadata.nullCount > 0);
  if (isText(expression.type)) {
    const dictionary = numberingOf([expression.name], segments);
    return dictionary === null ? null : { kind: 'ordinals', dictionary, hasNulls };
  }
  const ends = columns.flatMap(({ metadata: { min, max } }) => [min, max]);
  const integers = ends.filter((end) => end !== null);
  if (isFloat(expression.type)) return null;
  if (columns.some(({ metadata }) => textEntryType(metadata) !== null)) return null;
  return rangeOf(integers.map(BigInt), hasNulls);
}

function factsOfChosen(expression: Expression, segments: readonly SegmentView[]): ValueFacts {
  const sources = textSources(expression);
  if (sources === null) return null;
  const dictionary = numberingOf(sources.columns, segments);
  if (dictionary === null || sources.texts.some((text) => dictionary.ordinalOf(text) === null)) {
    return null;
  }
  return { kind: 'ordinals', dictionary, hasNulls: true };
}

/** The numbering that has all texts of columns; null where there is no such thing. */
function numberingOf(
  names: readonly string[],
  segments: readonly SegmentView[],
): OrdinalDictionary | null {
  const all = segments.flatMap(({ columns }) =>
    names.map((name) => columns.get(name)!.ordinals?.dictionary),
  );
  const [first] = all;
  return first !== undefined && all.every((one) => one === first) ? first : null;
}

/** Whether an expression is known to have no NULL over the rows of segments. */
export function isNeverNull(expression: Expression, segments: readonly SegmentView[]): boolean {
  if (expression.kind === 'literal') return expression.value !== null;
  if (expression.kind === 'call') return false;
  const { name } = expression;
  return segments.every(({ columns }) => columns.get(name)!.metadata.nullCount === 0);
}

/** Facts of values that lie in memory: all vectors of one key. */
export function* factsOfVectorsSteps(vectors: readonly Vector[]): Steps<ValueFacts> {
  const hasNulls = vectors.some(({ nulls }) => nulls !== null);
  const [first] = vectors;
  if (first === undefined) return null;
  if (first.kind === 'text') {
    const { dictionary } = first;
    const isShared = vectors.every(
      (vector) => 'dictionary' in vector && vector.dictionary === dictionary,
    );
    return dictionary instanceof OrdinalDictionary && isShared
      ? { kind: 'ordinals', dictionary, hasNulls }
      : null;
  }
  const ends: bigint[] = [];
  for (const vector of vectors) {
    if (vector.kind === 'text' || vector.data instanceof Float64Array) return null;
    const own = yield* endsOf(vector.data);
    if (own === null) return null;
    ends.push(...own);
  }
  return rangeOf(ends, hasNulls);
}

function rangeOf(ends: readonly bigint[], hasNulls: boolean): ValueFacts {
  const [first = 0n] = ends;
  let [min, max] = [first, first];
  for (const end of ends) {
    if (end < min) min = end;
    if (end > max) max = end;
  }
  return { kind: 'range', min, max, hasNulls };
}

/** Values further apart have no use for a range. */
const RANGE_MAX = 2n ** 40n;

/** The least and the greatest element, or none of no elements; null when they are far apart. */
function* endsOf(data: Int32Array | BigInt64Array | Uint8Array): Steps<bigint[] | null> {
  if (data instanceof BigInt64Array && data.length > 2) {
    // Of values all over the range the first few say so, and spare a look at the others.
    for (let row = 1; row < Math.min(data.length, 64); row++) {
      const distance = data[row]! - data[0]!;
      if (distance > RANGE_MAX || distance < -RANGE_MAX) return null;
    }
  }
  const [first] = data;
  if (first === undefined) return [];
  let [min, max] = [0, 0];
  if (data instanceof BigInt64Array) {
    // As halves, by their distance from the first: a BigInt would be made for each otherwise.
    const low = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
    const high = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
    yield* inBlocks(data.length, (start, end) => {
      for (let word = 2 * start; word < 2 * end; word += 2) {
        const distance = (high[word + 1]! - high[1]!) * 2 ** 32 + (low[word]! - low[0]!);
        if (distance < min) min = distance;
        if (distance > max) max = distance;
      }
    });
    // Up to there distances are exact.
    if (max - min > Number(RANGE_MAX)) return null;
  } else {
    yield* inBlocks(data.length, (start, end) => {
      for (let row = start; row < end; row++) {
        const distance = data[row]! - Number(first);
        if (distance < min) min = distance;
        if (distance > max) max = distance;
      }
    });
  }
  return [BigInt(first) + BigInt(min), BigInt(first) + BigInt(max)];
}
