import { EngineError } from '../base/errors.ts';
import type { ServerPool } from '../coord/cluster/placement-nodes.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';

/** A segment to be placed. */
export interface PlacedSegment {
  /** The servers that should hold it now, or from the end of its move on; none for a new one. */
  readonly servers: readonly string[];
  /** Its one partition, for groups that go by partitions; null without. */
  readonly partition: number | null;
}

/** Segments that servers should hold; a server that is not there should hold none. */
export type HeldCounts = ReadonlyMap<string, number>;

/**
 * Chooses servers for new segments: each time those that hold the fewest segments of the table, among
 * them those that hold the fewest of all tables, then in the order of their ids, so that the same state
 * gives the same placement. With replica groups, servers at one place of all groups go together.
 *
 * @param pool servers that can take segments.
 * @param held by the table, and by all tables.
 * @param replication copies of each segment without groups, as far as there are that many servers.
 * @returns for each segment its servers.
 * @throws EngineError SERVER_UNAVAILABLE when there is no server.
 */
export function placeSegments(
  segments: ReadonlyMap<string, PlacedSegment>,
  pool: ServerPool,
  held: { readonly own: HeldCounts; readonly all: HeldCounts },
  replication: number,
): Map<string, string[]> {
  const slots = slotsOf(pool);
  if (slots.length === 0) throw noServer(pool);
  const count = (counts: HeldCounts, slot: Slot) =>
    slot.reduce((sum, server) => sum + (counts.get(server) ?? 0), 0);
  const counted = slots.map((slot) => ({
    slot,
    own: count(held.own, slot),
    all: count(held.all, slot),
  }));
  const copies = pool.groups === undefined ? Math.min(replication, slots.length) : 1;
  const placed = new Map<string, string[]>();
  for (const [segment, { partition }] of segments) {
    const wanted = partition === null ? null : counted[partition % counted.length]!;
    const chosen =
      wanted === null
        ? [...counted].sort((a, b) => a.own - b.own || a.all - b.all).slice(0, copies)
        : [wanted];
    for (const one of chosen) {
      one.own += one.slot.length;
      one.all += one.slot.length;
    }
    placed.set(
      segment,
      chosen.flatMap(({ slot }) => slot),
    );
  }
  return placed;
}

/**
 * Where segments should be so that servers hold the same number, within one, and as little as possible
 * moves. What is placed so already stays as it is, and every part of the way leads to the same balance.
 *
 * @returns for each segment its servers, in the order of their ids.
 * @throws EngineError SERVER_UNAVAILABLE when there is no server.
 */
export function balanceSegments(
  segments: ReadonlyMap<string, PlacedSegment>,
  pool: ServerPool,
  replication: number,
): Map<string, string[]> {
  const slots = slotsOf(pool);
  if (slots.length === 0) throw noServer(pool);
  const copies = pool.groups === undefined ? Math.min(replication, slots.length) : 1;
  const balance = new Balance(slots.length);
  for (const [segment, { servers, partition }] of segments) {
    if (pool.groups !== undefined && partition !== null)
      balance.fix(segment, [partition % slots.length]);
    else balance.add(segment, heldSlots(slots, servers));
  }
  const at = balance.even(copies);
  const serversOf = (id: string) =>
    at
      .get(id)!
      .flatMap((slot) => slots[slot]!)
      .sort();
  return new Map([...segments.keys()].map((id) => [id, serversOf(id)]));
}

/**
 * The servers of replica groups: those that are there stay where they are, others take the places of
 * those that are gone.
 *
 * @param current the groups so far; none for new ones.
 * @param candidates live servers with the table's tag, in the order of their ids.
 * @param spares servers with the tag that do not run, which stay for want of others.
 * @param serversPerGroup 0 for as many as there are.
 * @throws EngineError BAD_REQUEST when there are too few.
 */
export function assignGroups(
  current: readonly (readonly string[])[],
  candidates: readonly string[],
  spares: readonly string[],
  groupCount: number,
  serversPerGroup: number,
): string[][] {
  const size = serversPerGroup || Math.floor(candidates.length / groupCount);
  const known = new Set([...candidates, ...spares]);
  if (size === 0 || known.size < groupCount * size) {
    throw new EngineError(
      'BAD_REQUEST',
      `controller: ${groupCount} replica groups of ${size || 1} servers need ` +
        `${groupCount * (size || 1)}, and ${candidates.length} with the table's tag run`,
    );
  }
  const live = new Set(candidates);
  const kept = Array.from({ length: groupCount }, (_, group) =>
    Array.from({ length: size }, (_, place) => {
      const server = current[group]?.[place] ?? null;
      return server !== null && live.has(server) ? server : null;
    }),
  );
  const used = new Set(kept.flat());
  const free = [...candidates, ...spares].filter((server) => !used.has(server)).values();
  return kept.map((group) => group.map((server) => server ?? free.next().value!));
}

/** Segments that each server should hold. */
export function countHeld(records: Iterable<Pick<SegmentRecord, 'servers'>>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { servers } of records) {
    for (const server of servers) counts.set(server, (counts.get(server) ?? 0) + 1);
  }
  return counts;
}

/** Servers that hold the same segments: a single one, or one of each replica group. */
type Slot = readonly string[];

function slotsOf({ servers, groups }: ServerPool): Slot[] {
  if (groups === undefined) return [...servers].sort().map((server) => [server]);
  const [first = []] = groups;
  return first.map((_, place) => groups.map((group) => group[place]!));
}

/** Slots that a segment is on, those with the most of its copies first. */
function heldSlots(slots: readonly Slot[], servers: readonly string[]): number[] {
  const own = new Set(servers);
  const held = slots.map((slot, at) => ({ at, copies: slot.filter((one) => own.has(one)).length }));
  return held
    .filter(({ copies }) => copies > 0)
    .sort((left, right) => right.copies - left.copies)
    .map(({ at }) => at);
}

/** Segments on slots, which are made even. */
class Balance {
  readonly #segments = new Map<string, number[]>();
  readonly #fixed = new Map<string, readonly number[]>();
  readonly #bySlot: Set<string>[];
  /** Of those, the ones that were not there before. */
  readonly #entered: Set<string>[];

  constructor(slotCount: number) {
    this.#bySlot = Array.from({ length: slotCount }, () => new Set());
    this.#entered = Array.from({ length: slotCount }, () => new Set());
  }

  /** A segment that may move, with the slots that it is on. */
  add(segment: string, slots: readonly number[]): void {
    this.#segments.set(segment, [...slots]);
    for (const slot of slots) this.#bySlot[slot]!.add(segment);
  }

  /** A segment that may be nowhere else. */
  fix(segment: string, slots: readonly number[]): void {
    this.#fixed.set(segment, slots);
  }

  even(copies: number): ReadonlyMap<string, readonly number[]> {
    for (const [segment, slots] of this.#segments) {
      while (slots.length > copies) this.#leave(segment, this.#most(slots));
    }
    for (const [segment, slots] of this.#segments) {
      while (slots.length < copies)
        this.#enter(
          segment,
          this.#least((slot) => !slots.includes(slot)),
        );
    }
    for (;;) {
      const from = this.#most(this.#bySlot.keys());
      const to = this.#least(() => true);
      if (this.#bySlot[from]!.size - this.#bySlot[to]!.size <= 1) break;
      const segment =
        firstNotIn(this.#entered[from]!, this.#bySlot[to]!) ??
        firstNotIn(this.#bySlot[from]!, this.#bySlot[to]!)!;
      this.#leave(segment, from);
      this.#enter(segment, to);
    }
    return new Map([...this.#segments, ...this.#fixed]);
  }

  #leave(segment: string, slot: number): void {
    this.#bySlot[slot]!.delete(segment);
    this.#entered[slot]!.delete(segment);
    const slots = this.#segments.get(segment)!;
    slots.splice(slots.indexOf(slot), 1);
  }

  #enter(segment: string, slot: number): void {
    this.#bySlot[slot]!.add(segment);
    this.#entered[slot]!.add(segment);
    this.#segments.get(segment)!.push(slot);
  }

  /** The slot with the most segments. For the later of two, so that those that fill up first stay. */
  #most(slots: Iterable<number>): number {
    let found = -1;
    for (const slot of slots) {
      if (found < 0 || this.#bySlot[slot]!.size >= this.#bySlot[found]!.size) found = slot;
    }
    return found;
  }

  #least(isAllowed: (slot: number) => boolean): number {
    let found = -1;
    for (const slot of this.#bySlot.keys()) {
      if (!isAllowed(slot)) continue;
      if (found < 0 || this.#bySlot[slot]!.size < this.#bySlot[found]!.size) found = slot;
    }
    return found;
  }
}

/** There is one when `segments` has more than `others`. */
function firstNotIn(segments: ReadonlySet<string>, others: ReadonlySet<string>): string | null {
  for (const segment of segments) {
    if (!others.has(segment)) return segment;
  }
  return null;
}

function noServer({ tag }: ServerPool): EngineError {
  return new EngineError(
    'SERVER_UNAVAILABLE',
    `controller: no server with the tag ${tag} is running that could hold the segments; start one: ` +
      'nyala server, or give the tag to one that runs',
  );
}
