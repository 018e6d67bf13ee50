import type { GroupTable } from '../kernels/group-table.ts';
import type { ExecutionContext } from './context.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';

/** The (group, code) pairs of a table that belong to certain groups. */
export interface GroupPairs {
  /** Index of each pair's group among those asked for. */
  readonly groups: Uint32Array;
  readonly codes: Uint32Array;
  /** The pairs' own ids. */
  readonly pairs: Uint32Array;
}

/** Reads a table whose keys are group << 32 | code, as the kernel `pairKeys` writes them. */
export function* pairsOfGroupsSteps(
  table: GroupTable,
  groups: Uint32Array,
  { kernels }: ExecutionContext,
): Steps<GroupPairs> {
  const placeOf = placesOf(groups);
  const pairCount = table.count;
  const owners = new Uint32Array(pairCount);
  const codes = new Uint32Array(pairCount);
  const pairs = new Uint32Array(pairCount);
  const first = table.keys >>> 2;
  let found = 0;
  yield* inBlocks(pairCount, (start, end) => {
    const { u32 } = kernels;
    for (let pair = start; pair < end; pair++) {
      const place = placeOf[u32[first + pair * 2 + 1]!] ?? 0;
      if (place === 0) continue;
      owners[found] = place - 1;
      codes[found] = u32[first + pair * 2]!;
      pairs[found++] = pair;
    }
  });
  return {
    groups: owners.subarray(0, found),
    codes: codes.subarray(0, found),
    pairs: pairs.subarray(0, found),
  };
}

/** For each group one more than its index; 0 for those that nobody asks for. */
export function placesOf(groups: Uint32Array): Uint32Array {
  let last = 0;
  for (let index = 0; index < groups.length; index++) last = Math.max(last, groups[index]!);
  const places = new Uint32Array(last + 1);
  for (let index = 0; index < groups.length; index++) places[groups[index]!] = index + 1;
  return places;
}

/** Where pairs go that are put together by their owners. */
export interface OwnerPlaces {
  /** Where each owner's pairs begin, and behind the last one the end. */
  readonly starts: Uint32Array;
  /** The place of each pair: those of one owner keep their order. */
  readonly places: Uint32Array;
}

/** Puts pairs together by their owners, which are below `ownerCount`. */
export function* placesByOwner(owners: Uint32Array, ownerCount: number): Steps<OwnerPlaces> {
  const starts = new Uint32Array(ownerCount + 1);
  yield* inBlocks(owners.length, (start, end) => {
    for (let row = start; row < end; row++) starts[owners[row]! + 1]!++;
  });
  for (let owner = 0; owner < ownerCount; owner++) starts[owner + 1]! += starts[owner]!;
  const next = starts.slice();
  const places = new Uint32Array(owners.length);
  yield* inBlocks(owners.length, (start, end) => {
    for (let row = start; row < end; row++) places[row] = next[owners[row]!]!++;
  });
  return { starts, places };
}

/** The rows of a vector that are not NULL; null when that is all of them. */
export function presentRows({ nulls }: Vector): Uint32Array | null {
  if (nulls === null) return null;
  const rows = new Uint32Array(nulls.length);
  let count = 0;
  for (let row = 0; row < nulls.length; row++) if (nulls[row] !== 1) rows[count++] = row;
  return rows.subarray(0, count);
}
