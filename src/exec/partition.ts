import { assert } from '../base/assert.ts';
import { isDecimal } from '../base/types.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates, type StateSpecification } from './aggregate-states.ts';
import { decimalReader } from './decimal-vector.ts';
import { OrdinalDictionary } from './ordinals.ts';
import type { AggregatePartial, Partial } from './partial.ts';
import { joinStatesSteps, pickState } from './state-parts.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { TextVector, Vector } from './vector.ts';
import { concatSteps, gatherVector, vectorLength } from './vector-build.ts';

/*
 * Many groups are merged in parts: each partial result is split by a hash of its keys, the pieces of one
 * part are merged by one thread, and as no group is in two parts, the results are put one behind the other.
 * Each merge so needs a fraction of the memory, and all threads take part.
 */

/** Parts of a result: enough for the threads of a machine, and for a merge to fit where the whole does not. */
export const PARTITIONS = 16;

/** Groups from which on splitting costs less than it gains. */
export const PARTITION_GROUPS_MIN = 65_536;

/** States of which picking groups out costs less than merging them as parts gains. */
const SPLIT_STATES: ReadonlySet<State['kind']> = new Set(['vector', 'i128', 'moments', 'distinct']);

/** Whether results can be split so that equal groups come into the same part. */
export function areSplittable(
  partials: readonly Partial[],
): partials is readonly AggregatePartial[] {
  return partials.every(isSplittable) && haveOneNumbering(partials);
}

/** Whether groups with the states of a plan can be put one behind the other. */
export function areJoinable({ aggregates }: AggregateLeaf): boolean {
  const { specifications } = aggregateStates(aggregates);
  return specifications.every(({ kind }) => JOINED.has(kind));
}

/** Those whose states are among `SPLIT_STATES`. */
const JOINED: ReadonlySet<StateSpecification['kind']> = new Set([
  'count',
  'sum',
  'min',
  'max',
  'distinct',
  'variance',
  'moments',
  'covariance',
]);

/** Texts of different arenas are numbered apart. */
function haveOneNumbering([first, ...others]: readonly AggregatePartial[]): boolean {
  return others.every(({ keys }) =>
    keys.every((key, index) => numberingOf(key) === numberingOf(first!.keys[index]!)),
  );
}

function numberingOf(key: Vector): OrdinalDictionary | null {
  return key.kind === 'text' && key.dictionary instanceof OrdinalDictionary ? key.dictionary : null;
}

function isSplittable(partial: Partial): partial is AggregatePartial {
  return (
    partial.kind === 'aggregate' &&
    partial.keys.length > 0 &&
    // A decimal may stand as a number in one result and as text in another.
    partial.keys.every(({ type }) => !isDecimal(type)) &&
    partial.states.every(({ kind }) => SPLIT_STATES.has(kind))
  );
}

/** How groups are split. */
export interface Split {
  /** How often the pieces that this is one of were split before: each time goes by further bits. */
  readonly level: number;
  /** Whether texts go by themselves: where not all results that are merged share a numbering. */
  readonly byText: boolean;
}

/** Times that groups can be split one within the other: the bits of a hash are enough for it. */
export const SPLITS_MAX = 5;

/** The groups of a result by the hash of their keys, in `PARTITIONS` pieces. */
export function* splitGroupsSteps(
  partial: AggregatePartial,
  { level, byText }: Split = { level: 0, byText: false },
): Steps<AggregatePartial[]> {
  const lists = yield* splitRowsSteps(partial.keys, partial.groupCount, { level, byText });
  const pieces: AggregatePartial[] = [];
  for (const rows of lists) {
    yield;
    pieces.push(pickGroups(partial, rows));
  }
  return pieces;
}

/** Row numbers by a hash of the values of columns, in `PARTITIONS` lists. */
export function* splitRowsSteps(
  columns: readonly Vector[],
  rowCount: number,
  { level, byText }: Split,
): Steps<Uint32Array[]> {
  const hashes = new Uint32Array(rowCount);
  for (const column of columns) yield* addHashes(hashes, column, byText);
  const partOf = (hash: number): number => (hash >>> (28 - 4 * level)) & (PARTITIONS - 1);
  const starts = new Uint32Array(PARTITIONS + 1);
  yield* inBlocks(rowCount, (start, end) => {
    for (let row = start; row < end; row++) starts[partOf(hashes[row]!) + 1]!++;
  });
  for (let part = 0; part < PARTITIONS; part++) starts[part + 1]! += starts[part]!;
  const next = starts.slice();
  const rows = new Uint32Array(rowCount);
  yield* inBlocks(rowCount, (start, end) => {
    for (let row = start; row < end; row++) rows[next[partOf(hashes[row]!)]!++] = row;
  });
  return Array.from({ length: PARTITIONS }, (_, part) =>
    rows.subarray(starts[part], starts[part + 1]),
  );
}

/** Results without a common group as one. There must be one at least. */
export function* joinGroupsSteps(partials: readonly AggregatePartial[]): Steps<AggregatePartial> {
  const [first] = partials;
  assert(first, 'there is a result to join');
  const groupCounts = partials.map(({ groupCount }) => groupCount);
  const keys: Vector[] = [];
  for (const key of first.keys.keys()) {
    keys.push(yield* concatSteps(partials.map((partial) => partial.keys[key]!)));
  }
  const states: State[] = [];
  for (const index of first.states.keys()) {
    const own = partials.map((partial) => partial.states[index]!);
    states.push(yield* joinStatesSteps(own, groupCounts));
  }
  const groupCount = groupCounts.reduce((sum, count) => sum + count, 0);
  return { kind: 'aggregate', groupCount, keys, states };
}

/** Results without a common group, or rows, as one. There must be one at least. */
export function* joinDisjointSteps(partials: readonly Partial[]): Steps<Partial> {
  if (partials.length === 1) return partials[0]!;
  const groups = partials.filter((partial) => partial.kind === 'aggregate');
  if (groups.length > 0) return yield* joinGroupsSteps(groups);
  const rows = partials.filter((partial) => partial.kind === 'select');
  const [first] = rows;
  assert(first, 'there is a result to join');
  const columns: Vector[] = [];
  for (const index of first.columns.keys()) {
    columns.push(yield* concatSteps(rows.map((partial) => partial.columns[index]!)));
  }
  return { kind: 'select', rowCount: rows.reduce((sum, own) => sum + own.rowCount, 0), columns };
}

/** Mixes the hash of each row's value into what there is; equal values have equal hashes anywhere. */
function* addHashes(hashes: Uint32Array, vector: Vector, byText: boolean): Steps<void> {
  const { nulls } = vector;
  const words = isDecimal(vector.type)
    ? yield* decimalWords(vector)
    : vector.kind === 'text'
      ? yield* textHashes(vector, byText)
      : wordsOf(vector.data);
  const width = words.length / hashes.length;
  yield* inBlocks(hashes.length, (start, end) => {
    for (let row = start; row < end; row++) {
      let hash = hashes[row]!;
      if (nulls?.[row] === 1) hash = mix(hash, 0x51ed270b);
      else for (let word = 0; word < width; word++) hash = mix(hash, words[row * width + word]!);
      hashes[row] = hash;
    }
  });
}

/** Multiplicative mixing; what counts are the top bits. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77) >>> 0;
}

/** Words of 32 bits; floats with one zero and one NaN, as grouping has made them. */
function wordsOf(data: Exclude<Vector, TextVector>['data']): Uint32Array | Int32Array | Uint8Array {
  if (data instanceof Float64Array) {
    const whole = data.map((value) => value + 0);
    return new Uint32Array(whole.buffer);
  }
  if (data instanceof BigInt64Array) {
    return data.byteOffset % 4 === 0
      ? new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
      : new Uint32Array(data.slice().buffer);
  }
  return data;
}

/** The low 64 bits: a decimal may stand as a number in one result and as text in another. */
function* decimalWords(vector: Vector): Steps<Uint32Array> {
  if (vector.kind === 'flat' && vector.data instanceof BigInt64Array) {
    const whole = wordsOf(vector.data);
    assert(whole instanceof Uint32Array, '64-bit values are pairs of words');
    return whole;
  }
  const read = decimalReader(vector);
  const values = new BigInt64Array(vectorLength(vector));
  yield* inBlocks(values.length, (start, end) => {
    for (let row = start; row < end; row++) values[row] = BigInt.asIntN(64, read(row));
  });
  return new Uint32Array(values.buffer);
}

/** By ordinal where all results share the numbering, else by the text, once an entry. */
function* textHashes({ codes, dictionary }: TextVector, byText: boolean): Steps<Uint32Array> {
  if (dictionary instanceof OrdinalDictionary && !byText) return codes;
  const hashes = new Uint32Array(codes.length);
  if (dictionary.length <= codes.length) {
    const entries = new Uint32Array(dictionary.length);
    const hash = (start: number, end: number): void => {
      for (let code = start; code < end; code++) entries[code] = hashOfText(dictionary.at(code)!);
    };
    yield* inBlocks(entries.length, hash, STEP_TEXTS);
    yield* inBlocks(codes.length, (start, end) => {
      for (let row = start; row < end; row++) hashes[row] = entries[codes[row]!]!;
    });
    return hashes;
  }
  const known = new Map<number, number>();
  const hash = (start: number, end: number): void => {
    for (let row = start; row < end; row++) {
      const code = codes[row]!;
      const own = known.get(code) ?? hashOfText(dictionary.at(code)!);
      known.set(code, own);
      hashes[row] = own;
    }
  };
  yield* inBlocks(codes.length, hash, STEP_TEXTS);
  return hashes;
}

/** Texts that one step hashes: some milliseconds, if each has to be decoded. */
const STEP_TEXTS = 8_192;

function hashOfText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = mix(hash, text.charCodeAt(index));
  return hash;
}

function pickGroups(partial: AggregatePartial, rows: Uint32Array): AggregatePartial {
  return {
    kind: 'aggregate',
    groupCount: rows.length,
    keys: partial.keys.map((key) => gatherVector(key, rows)),
    states: partial.states.map((state) => pickState(state, rows, partial.groupCount)),
  };
}
