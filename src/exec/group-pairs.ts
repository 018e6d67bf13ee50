import type { GroupTable } from '../kernels/group-table.ts';
import type { ExecutionContext } from './context.ts';
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
export function pairsOfGroups(
  table: GroupTable,
  groups: Uint32Array,
  { kernels }: ExecutionContext,
): GroupPairs {
  const { u32 } = kernels;
  // One more than the index of each group; 0 for those that nobody asks for.
  const placeOf = new Uint32Array(groups.reduce((most, group) => Math.max(most, group), 0) + 1);
  groups.forEach((group, index) => {
    placeOf[group] = index + 1;
  });
  const [owners, codes, pairs] = [0, 1, 2].map(() => new Uint32Array(table.count)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const first = table.keys >>> 2;
  let found = 0;
  for (let pair = 0; pair < pairs.length; pair++) {
    const place = placeOf[u32[first + pair * 2 + 1]!] ?? 0;
    if (place === 0) continue;
    owners[found] = place - 1;
    codes[found] = u32[first + pair * 2]!;
    pairs[found++] = pair;
  }
  return {
    groups: owners.subarray(0, found),
    codes: codes.subarray(0, found),
    pairs: pairs.subarray(0, found),
  };
}

/** The rows of a vector that are not NULL; null when that is all of them. */
export function presentRows({ nulls }: Vector): Uint32Array | null {
  if (nulls === null) return null;
  const rows = new Uint32Array(nulls.length);
  let count = 0;
  for (let row = 0; row < nulls.length; row++) if (nulls[row] !== 1) rows[count++] = row;
  return rows.subarray(0, count);
}
