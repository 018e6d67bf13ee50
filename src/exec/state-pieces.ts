import type { State } from './accumulator.ts';
import type { Vector } from './vector.ts';
import { sliceVector, vectorLength } from './vector-build.ts';

/** A part of a state, with the groups of the partial result that it counts its own by. */
export interface StatePiece {
  readonly state: State;
  /** For entry or group `i` of the piece the group that it goes to. */
  readonly groupIds: Uint32Array;
}

/**
 * Cuts a state into pieces that are merged one after the other, so that somebody can stop between them: those
 * of one entry a group by their groups, others by their values, of which one group may have millions. Lists
 * are only passed on, whole.
 *
 * @param groupIds where each group goes.
 */
export function* statePieces(
  state: State,
  groupIds: Uint32Array,
  entriesMax: number,
): Generator<StatePiece, void, undefined> {
  if (state.kind === 'lists') {
    yield { state, groupIds };
    return;
  }
  // Two sketches take as long to merge as many numbers.
  const step = state.kind === 'sketches' ? Math.ceil(entriesMax / 64) : entriesMax;
  const entryCount = 'groups' in state ? state.groups.length : groupIds.length;
  for (let start = 0; start < entryCount; start += step) {
    const end = Math.min(start + step, entryCount);
    const ids = 'groups' in state ? groupIds : groupIds.subarray(start, end);
    yield { state: sliceState(state, start, end, groupIds.length), groupIds: ids };
  }
}

function sliceState(
  state: Exclude<State, { kind: 'lists' }>,
  start: number,
  end: number,
  groupCount: number,
): State {
  const slice = (vector: Vector): Vector =>
    start === 0 && end === vectorLength(vector) ? vector : sliceVector(vector, start, end);
  switch (state.kind) {
    case 'vector':
      return { kind: 'vector', vector: slice(state.vector) };
    case 'i128':
      return { kind: 'i128', values: state.values.subarray(2 * start, 2 * end) };
    case 'moments': {
      const width = state.values.length / groupCount;
      return { kind: 'moments', values: state.values.subarray(width * start, width * end) };
    }
    case 'witnesses':
      return { kind: 'witnesses', values: slice(state.values), keys: slice(state.keys) };
    case 'sketches': {
      const first = state.ends[start - 1] ?? 0;
      const ends = state.ends.slice(start, end).map((own) => own - first);
      return { kind: 'sketches', ends, bytes: state.bytes.subarray(first, first + ends.at(-1)!) };
    }
    case 'distinct': {
      const groups = state.groups.subarray(start, end);
      return { kind: 'distinct', groups, values: slice(state.values) };
    }
    case 'frequencies': {
      const groups = state.groups.subarray(start, end);
      const counts = state.counts.subarray(start, end);
      return { kind: 'frequencies', groups, values: slice(state.values), counts };
    }
  }
}
