import type { WholeResult } from '../exec/leaf-task.ts';
import type { SegmentView } from '../exec/segment-view.ts';
import { isSpanningWorthIt } from '../exec/spanning.ts';
import { segmentView } from '../exec/star-tree-view.ts';
import type { LeafPlan } from '../sql/plan.ts';
import type { BufferAddresses, PinRequest } from './column-cache.ts';
import type { ThreadSegment } from './leaf-threads.ts';
import {
  type EngineSegment,
  pinnedBuffers,
  segmentNeeds,
  variesBySegment,
} from './segment-needs.ts';

/** A segment whose columns are in memory: for this thread as a view, for others by its addresses. */
export interface PlacedSegment extends ThreadSegment {
  readonly view: SegmentView;
}

/** Segments that were ruled out before anything of them was loaded, by what ruled them out. */
export interface Pruned {
  readonly byName: number;
  readonly byValues: number;
  readonly byBloom: number;
  /** Names of the indexes that did. */
  readonly indexes: readonly string[];
}

/** The segments that a plan is run on, and what it needs of them. */
export class PlanNeeds {
  readonly segments: readonly EngineSegment[];
  readonly pruned: Pruned;
  readonly requests: readonly PinRequest[];
  /** Whether groups are gathered over several segments at once. */
  readonly isSpanning: boolean;
  readonly #needs: readonly ReturnType<typeof segmentNeeds>[];
  readonly #hasTrees: boolean;
  #rowCount: number;
  #addresses: readonly BufferAddresses[] = [];
  #placed: readonly PlacedSegment[] | null = null;

  /** @param groupsMin groups from which on they are gathered over several segments. */
  constructor(
    plan: LeafPlan,
    segments: readonly EngineSegment[],
    pruned: Pruned,
    hostName: string,
    groupsMin: number,
  ) {
    this.segments = segments;
    this.pruned = pruned;
    this.#needs = segments.map((segment) => segmentNeeds(plan, segment, hostName));
    this.requests = this.#needs.flatMap((need) => [...need.columns, ...need.indexes]);
    this.#hasTrees = this.#needs.some(({ starTree }) => starTree !== null);
    this.#rowCount = segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0);
    // Where a column is another thing in other segments, each is read for itself; and where star-trees
    // answer there are few groups.
    this.isSpanning =
      !this.#hasTrees &&
      !variesBySegment(plan, segments) &&
      isSpanningWorthIt(
        plan,
        segments.map(({ metadata }) => metadata),
        groupsMin,
      );
  }

  /** Rows or records to be read, at a guess. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Remembers how many records of star-trees the plan has read: they are the same each time. */
  learn(results: readonly WholeResult[]): void {
    if (!this.#hasTrees) return;
    const outcomes = results.flatMap((result) => result.outcomes);
    this.#rowCount = outcomes.reduce((sum, { docsScanned }) => sum + docsScanned, 0);
  }

  /** The segments where their buffers lie: the same objects for as long as these stay there. */
  place(addresses: readonly BufferAddresses[]): readonly PlacedSegment[] {
    const isHere = addresses.every((one, index) => one === this.#addresses[index]);
    if (this.#placed !== null && isHere) return this.#placed;
    const buffers = pinnedBuffers(this.#needs, addresses);
    this.#addresses = addresses;
    this.#placed = this.segments.map(({ id, arena, metadata }, index) => {
      const own = buffers[index]!;
      return { id, arena, metadata, buffers: own, view: segmentView(metadata, own) };
    });
    return this.#placed;
  }
}

/** What a plan comes to over some segments, for as long as the engine has the same segments. */
export interface PreparedPlan {
  readonly names: readonly string[];
  /** Whether groups may be finished where they are gathered. */
  readonly isFinished: boolean;
  readonly asked: readonly EngineSegment[];
  /** The plan as it is for these segments. */
  readonly plan: LeafPlan;
  /** Names of the timestamp indexes that it reads. */
  readonly timestampIndexes: readonly string[];
  /** True when metadata alone may say the answer. */
  mayBeKnown: boolean;
  /** Null until it is known, and where it may be other segments each time. */
  needs: PlanNeeds | null;
}

/** Prepared plans by the plan that was asked for, which is kept elsewhere when it comes again. */
export class PreparedPlans {
  #plans = new WeakMap<LeafPlan, PreparedPlan>();

  /** What was prepared for a plan over the same segments; null when nothing was. */
  find(plan: LeafPlan, names: readonly string[], isFinished: boolean): PreparedPlan | null {
    const known = this.#plans.get(plan);
    if (known === undefined || known.isFinished !== isFinished) return null;
    return sameNames(known.names, names) ? known : null;
  }

  keep(plan: LeafPlan, prepared: PreparedPlan): PreparedPlan {
    this.#plans.set(plan, prepared);
    return prepared;
  }

  /** Forgets all: segments have come or gone. */
  clear(): void {
    this.#plans = new WeakMap();
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  if (left === right) return true;
  return left.length === right.length && left.every((name, index) => name === right[index]);
}
