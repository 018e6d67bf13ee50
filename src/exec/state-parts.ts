import type { State } from './accumulator.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { concatSteps, gatherVector } from './vector-build.ts';

/**
 * The state of some groups, in their order.
 *
 * @param groupCount how many there are in all.
 */
export function pickState(state: State, rows: Uint32Array, groupCount: number): State {
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
    case 'distinct': {
      const { groups, pairs } = pairsOf(state.groups, rows, groupCount);
      return { kind: 'distinct', groups, values: gatherVector(state.values, pairs) };
    }
    case 'frequencies': {
      const { groups, pairs } = pairsOf(state.groups, rows, groupCount);
      const counts = pickStrides(state.counts, pairs, 1);
      return { kind: 'frequencies', groups, values: gatherVector(state.values, pairs), counts };
    }
    case 'lists': {
      const { groups, pairs } = pairsOf(state.groups, rows, groupCount);
      const columns = state.columns.map((column) => gatherVector(column, pairs));
      return { kind: 'lists', groups, columns };
    }
    case 'witnesses': {
      const [values, keys] = [gatherVector(state.values, rows), gatherVector(state.keys, rows)];
      return { kind: 'witnesses', values, keys };
    }
    case 'sketches':
      return pickSketches(state, rows);
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

/** The pairs of some groups, and the groups that they then belong to. */
function pairsOf(
  owners: Uint32Array,
  rows: Uint32Array,
  groupCount: number,
): { readonly groups: Uint32Array; readonly pairs: Uint32Array } {
  const places = new Uint32Array(groupCount);
  for (let row = 0; row < rows.length; row++) places[rows[row]!] = row + 1;
  let count = 0;
  for (let pair = 0; pair < owners.length; pair++) if (places[owners[pair]!] !== 0) count++;
  const [groups, pairs] = [new Uint32Array(count), new Uint32Array(count)];
  let next = 0;
  for (let pair = 0; pair < owners.length; pair++) {
    const place = places[owners[pair]!]!;
    if (place === 0) continue;
    groups[next] = place - 1;
    pairs[next++] = pair;
  }
  return { groups, pairs };
}

function pickSketches(
  { ends, bytes }: Extract<State, { kind: 'sketches' }>,
  rows: Uint32Array,
): State {
  const pickedEnds = new Uint32Array(rows.length);
  const startOf = (group: number): number => (group === 0 ? 0 : ends[group - 1]!);
  let end = 0;
  rows.forEach((group, row) => {
    end += ends[group]! - startOf(group);
    pickedEnds[row] = end;
  });
  const picked = new Uint8Array(end);
  rows.forEach((group, row) => {
    picked.set(bytes.subarray(startOf(group), ends[group]!), pickedEnds[row - 1] ?? 0);
  });
  return { kind: 'sketches', ends: pickedEnds, bytes: picked };
}

/**
 * States of one aggregate, each of other groups, as one.
 *
 * @param groupCounts the groups of each; not needed where there is an entry for each group.
 */
export function* joinStatesSteps(
  states: readonly State[],
  groupCounts: readonly number[] = [],
): Steps<State> {
  const [first] = states;
  switch (first!.kind) {
    case 'vector': {
      const parts = states.map((state) => (state.kind === 'vector' ? state.vector : other(state)));
      return { kind: 'vector', vector: yield* concatSteps(parts) };
    }
    case 'i128': {
      const parts = states.map((state) => (state.kind === 'i128' ? state.values : other(state)));
      return { kind: 'i128', values: yield* concatArrays(BigInt64Array, parts) };
    }
    case 'moments': {
      const parts = states.map((state) => (state.kind === 'moments' ? state.values : other(state)));
      return { kind: 'moments', values: yield* concatArrays(Float64Array, parts) };
    }
    case 'distinct': {
      const parts = states.map((state) => (state.kind === 'distinct' ? state : other(state)));
      const values = yield* concatSteps(parts.map((part) => part.values));
      return { kind: 'distinct', groups: yield* joinOwners(groupCounts, parts), values };
    }
    case 'frequencies': {
      const parts = states.map((state) => (state.kind === 'frequencies' ? state : other(state)));
      const values = yield* concatSteps(parts.map((part) => part.values));
      const counts = yield* concatArrays(
        Float64Array,
        parts.map((part) => part.counts),
      );
      const groups = yield* joinOwners(groupCounts, parts);
      return { kind: 'frequencies', groups, values, counts };
    }
    case 'lists': {
      const parts = states.map((state) => (state.kind === 'lists' ? state : other(state)));
      const columns: Vector[] = [];
      for (const column of parts[0]!.columns.keys()) {
        columns.push(yield* concatSteps(parts.map((part) => part.columns[column]!)));
      }
      return { kind: 'lists', groups: yield* joinOwners(groupCounts, parts), columns };
    }
    case 'witnesses': {
      const parts = states.map((state) => (state.kind === 'witnesses' ? state : other(state)));
      const values = yield* concatSteps(parts.map((part) => part.values));
      return { kind: 'witnesses', values, keys: yield* concatSteps(parts.map(({ keys }) => keys)) };
    }
    case 'sketches': {
      const parts = states.map((state) => (state.kind === 'sketches' ? state : other(state)));
      return yield* joinSketches(parts);
    }
  }
}

function other({ kind }: State): never {
  throw new Error(`states of one aggregate are of one kind, found ${kind}`);
}

/** The groups of pairs, moved to where their results' groups lie. */
function* joinOwners(
  groupCounts: readonly number[],
  parts: readonly { readonly groups: Uint32Array }[],
): Steps<Uint32Array> {
  let first = 0;
  const moved: Uint32Array[] = [];
  for (const [part, { groups }] of parts.entries()) {
    moved.push(groups.map((group) => group + first));
    first += groupCounts[part]!;
    yield;
  }
  return yield* concatArrays(Uint32Array, moved);
}

function* joinSketches(parts: readonly Extract<State, { kind: 'sketches' }>[]): Steps<State> {
  let start = 0;
  const ends = parts.map((part) => {
    const own = part.ends.map((end) => end + start);
    start += part.bytes.length;
    return own;
  });
  const bytes = yield* concatArrays(
    Uint8Array,
    parts.map((part) => part.bytes),
  );
  return { kind: 'sketches', ends: yield* concatArrays(Uint32Array, ends), bytes };
}

type Joinable = BigInt64Array | Float64Array | Uint32Array | Uint8Array;

function* concatArrays<Data extends Joinable>(
  View: new (length: number) => Data,
  parts: readonly Data[],
): Steps<Data> {
  const joined = new View(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    (joined as Float64Array).set(part as Float64Array, start);
    start += part.length;
    yield;
  }
  return joined;
}
