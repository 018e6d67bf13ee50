import { assert } from '../base/assert.ts';
import { sequence } from '../base/sequence.ts';
import { isDecimal } from '../base/types.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates, type StateSpecification } from './aggregate-states.ts';
import { OrdinalDictionary } from './ordinals.ts';
import type { AggregatePartial, Partial } from './partial.ts';
import type { TextVector, Vector } from './vector.ts';
import { concatVectors, gatherVector } from './vector-build.ts';

/*
 * Many groups are merged in parts: each partial result is split by a hash of its keys, the pieces of one
 * part are merged by one thread, and as no group is in two parts, the results are put one behind the other.
 * Each merge so needs a fraction of the memory, and all threads take part.
 */

/** Parts of a result: enough for the threads of a machine, and for a merge to fit where the whole does not. */
export const PARTITIONS = 16;

/** Groups from which on splitting costs less than it gains. */
export const PARTITION_GROUPS_MIN = 65_536;

/** States whose groups can be picked out. */
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

/** The groups of a result by the hash of their keys, in `PARTITIONS` pieces. */
export function splitGroups(partial: AggregatePartial): AggregatePartial[] {
  const hashes = new Uint32Array(partial.groupCount);
  for (const key of partial.keys) addHashes(hashes, key);
  const starts = new Uint32Array(PARTITIONS + 1);
  for (const hash of hashes) starts[partOf(hash) + 1]!++;
  for (let part = 0; part < PARTITIONS; part++) starts[part + 1]! += starts[part]!;
  const next = starts.slice();
  const rows = new Uint32Array(partial.groupCount);
  for (let group = 0; group < hashes.length; group++) rows[next[partOf(hashes[group]!)]!++] = group;
  return Array.from({ length: PARTITIONS }, (_, part) =>
    pickGroups(partial, rows.subarray(starts[part], starts[part + 1])),
  );
}

/** Results without a common group as one. There must be one at least. */
export function joinGroups(partials: readonly AggregatePartial[]): AggregatePartial {
  const [first] = partials;
  assert(first, 'there is a result to join');
  return {
    kind: 'aggregate',
    groupCount: partials.reduce((sum, { groupCount }) => sum + groupCount, 0),
    keys: first.keys.map((_, key) => concatVectors(partials.map(({ keys }) => keys[key]!))),
    states: first.states.map((_, index) =>
      joinStates(
        partials.map(({ states }) => states[index]!),
        partials.map(({ groupCount }) => groupCount),
      ),
    ),
  };
}

/** Results without a common group, or rows, as one. There must be one at least. */
export function joinDisjoint(partials: readonly Partial[]): Partial {
  if (partials.length === 1) return partials[0]!;
  const groups = partials.filter((partial) => partial.kind === 'aggregate');
  if (groups.length > 0) return joinGroups(groups);
  const rows = partials.filter((partial) => partial.kind === 'select');
  const [first] = rows;
  assert(first, 'there is a result to join');
  return {
    kind: 'select',
    rowCount: rows.reduce((sum, { rowCount }) => sum + rowCount, 0),
    columns: first.columns.map((_, index) =>
      concatVectors(rows.map(({ columns }) => columns[index]!)),
    ),
  };
}

function partOf(hash: number): number {
  return hash >>> 28;
}

/** Mixes the hash of each row's value into what there is; equal values have equal hashes anywhere. */
function addHashes(hashes: Uint32Array, vector: Vector): void {
  const { nulls } = vector;
  const words = vector.kind === 'text' ? textHashes(vector) : wordsOf(vector.data);
  const width = words.length / hashes.length;
  for (let row = 0; row < hashes.length; row++) {
    let hash = hashes[row]!;
    if (nulls?.[row] === 1) hash = mix(hash, 0x51ed270b);
    else for (let word = 0; word < width; word++) hash = mix(hash, words[row * width + word]!);
    hashes[row] = hash;
  }
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

/** By ordinal where all results share the numbering, else by the text, once an entry. */
function textHashes({ codes, dictionary }: TextVector): Uint32Array {
  if (dictionary instanceof OrdinalDictionary) return codes;
  const known = new Map<number, number>();
  return codes.map((code) => {
    let hash = known.get(code);
    if (hash === undefined) {
      hash = 0;
      const text = dictionary.at(code)!;
      for (let index = 0; index < text.length; index++) hash = mix(hash, text.charCodeAt(index));
      known.set(code, hash);
    }
    return hash;
  });
}

function pickGroups(partial: AggregatePartial, rows: Uint32Array): AggregatePartial {
  return {
    kind: 'aggregate',
    groupCount: rows.length,
    keys: partial.keys.map((key) => gatherVector(key, rows)),
    states: partial.states.map((state) => pickState(state, rows, partial.groupCount)),
  };
}

function pickState(state: State, rows: Uint32Array, groupCount: number): State {
  switch (state.kind) {
    case 'vector':
      return { kind: 'vector', vector: gatherVector(state.vector, rows) };
    case 'i128':
      return { kind: 'i128', values: pickStrides(state.values, rows, 2) };
    case 'moments':
      return {
        kind: 'moments',
        values: pickStrides(state.values, rows, state.values.length / groupCount),
      };
    case 'distinct':
      return pickPairs(state, rows, groupCount);
    default:
      throw new Error(`a state of ${state.kind} is not split`);
  }
}

function pickStrides<Data extends BigInt64Array | Float64Array>(
  values: Data,
  rows: Uint32Array,
  width: number,
): Data {
  const View = values.constructor as new (length: number) => Data;
  const picked = new View(rows.length * width);
  // As words: a BigInt would be made for each otherwise, and as floats some would change their bits.
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const target = new Uint32Array(picked.buffer);
  let to = 0;
  for (let row = 0; row < rows.length; row++) {
    const from = rows[row]! * width * 2;
    for (let word = 0; word < width * 2; word++) target[to++] = source[from + word]!;
  }
  return picked;
}

function pickPairs(
  { groups, values }: Extract<State, { kind: 'distinct' }>,
  rows: Uint32Array,
  groupCount: number,
): State {
  const places = new Uint32Array(groupCount);
  for (let row = 0; row < rows.length; row++) places[rows[row]!] = row + 1;
  const pairs = sequence(groups.length).filter((pair) => places[groups[pair]!] !== 0);
  return {
    kind: 'distinct',
    groups: pairs.map((pair) => places[groups[pair]!]! - 1),
    values: gatherVector(values, pairs),
  };
}

/**
 * States of one aggregate, each of other groups, as one.
 *
 * @param groupCounts the groups of each; not needed where there is an entry for each group.
 */
export function joinStates(states: readonly State[], groupCounts: readonly number[] = []): State {
  const [first] = states;
  switch (first!.kind) {
    case 'vector':
      return { kind: 'vector', vector: concatVectors(states.map((state) => vectorOf(state))) };
    case 'i128': {
      const parts = states.map((state) => (state.kind === 'i128' ? state.values : []));
      return { kind: 'i128', values: concatArrays(BigInt64Array, parts as BigInt64Array[]) };
    }
    case 'moments': {
      const parts = states.map((state) => (state.kind === 'moments' ? state.values : []));
      return { kind: 'moments', values: concatArrays(Float64Array, parts as Float64Array[]) };
    }
    case 'distinct': {
      let first = 0;
      const groups = states.map((state, part) => {
        assert(state.kind === 'distinct', 'states of one aggregate are of one kind');
        const moved = state.groups.map((group) => group + first);
        first += groupCounts[part]!;
        return moved;
      });
      const values = concatVectors(states.map((state) => vectorOf(state)));
      return { kind: 'distinct', groups: concatArrays(Uint32Array, groups), values };
    }
    default:
      throw new Error(`a state of ${first!.kind} is not joined`);
  }
}

function vectorOf(state: State): Vector {
  if (state.kind === 'vector') return state.vector;
  assert(state.kind === 'distinct', 'states of one aggregate are of one kind');
  return state.values;
}

type Joinable = BigInt64Array | Float64Array | Uint32Array;

function concatArrays<Data extends Joinable>(
  View: new (length: number) => Data,
  parts: readonly Data[],
): Data {
  const joined = new View(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    (joined as Float64Array).set(part as Float64Array, start);
    start += part.length;
  }
  return joined;
}
