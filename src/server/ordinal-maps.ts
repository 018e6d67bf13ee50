import { sortTexts } from '../base/text-order.ts';
import type { TextSources } from '../exec/chosen-text.ts';
import type { ExecutionContext } from '../exec/context.ts';
import type { TaskSegment } from '../exec/leaf-task.ts';
import { buildOrdinalsSteps, type OrdinalsLayout, ordinalsBytes } from '../exec/ordinals.ts';
import { checkedSteps, runInSlices, type Steps } from '../exec/steps.ts';
import { dictionariesOf, type TaskOrdinals } from '../exec/task-ordinals.ts';
import type { Clock } from '../io/clock.ts';
import type { ColumnCache } from './column-cache.ts';

/** A segment of a query, with the engine's number for it. */
export interface NumberedSegment extends TaskSegment {
  readonly id: number;
}

/** To number a text takes as long as so many rows of a batch in most passes over them. */
const ENTRY_ROWS = 4;

/** A numbering that is being made, for as long as somebody waits for it. */
interface Building {
  readonly steps: Steps<OrdinalsLayout>;
  layout: OrdinalsLayout | null;
  waiting: number;
}

/**
 * Numberings of texts over several segments, made when a query first needs one and kept in the column
 * cache as long as there is room.
 */
export class OrdinalMaps {
  readonly #cache: ColumnCache;
  readonly #contexts: readonly ExecutionContext[];
  readonly #clock: Clock;
  /** Those that are whole. */
  readonly #layouts = new Map<string, OrdinalsLayout>();
  readonly #buildings = new Map<string, Building>();

  /** @param contexts of the thread that calls, one an arena. */
  constructor(cache: ColumnCache, contexts: readonly ExecutionContext[], clock: Clock) {
    this.#cache = cache;
    this.#contexts = contexts;
    this.#clock = clock;
  }

  /**
   * Numberings of texts over the segments of each arena; those for which there is no room are left out.
   * They stay until `unpin` is called with the result.
   *
   * @param together the texts of each numbering.
   * @param segments whose columns are pinned for at least as long.
   * @param check throws when the query must stop: then nothing stays pinned.
   */
  async pin(
    together: readonly TextSources[],
    segments: readonly NumberedSegment[],
    check: () => void,
  ): Promise<TaskOrdinals[]> {
    const pinned: TaskOrdinals[] = [];
    try {
      for (const sources of together) {
        for (const arena of this.#contexts.keys()) {
          const members = [...segments.keys()].filter((index) => segments[index]!.arena === arena);
          if (members.length === 0) continue;
          const { columns } = sources;
          const own = members.map((index) => segments[index]!);
          const layout = await this.#pinOne(sources, arena, own, check);
          if (layout !== null) pinned.push({ arena, columns, segments: members, layout });
        }
      }
      return pinned;
    } catch (error) {
      this.unpin(pinned);
      throw error;
    }
  }

  /** Lets go of what `pin` gave. */
  unpin(ordinals: readonly TaskOrdinals[]): void {
    for (const { layout } of ordinals) this.#cache.unpinRoom(layout.name);
  }

  async #pinOne(
    { columns, texts }: TextSources,
    arena: number,
    segments: readonly NumberedSegment[],
    check: () => void,
  ): Promise<OrdinalsLayout | null> {
    const sorted = sortTexts([...texts]);
    const name = `ordinals/${JSON.stringify([columns, sorted])}/${segments.map(({ id }) => id).join()}`;
    const dictionaries = dictionariesOf(columns, segments, this.#contexts);
    const lengths = dictionaries.map(({ length }) => length);
    const room = this.#cache.pinRoom(name, arena, ordinalsBytes(lengths, sorted));
    if (room === null) return null;
    if (room.isNew) this.#layouts.delete(name);
    const known = this.#layouts.get(name);
    if (known !== undefined) return known;
    const { kernels, batchRows } = this.#contexts[arena]!;
    const place = [name, dictionaries, sorted, room.address, kernels] as const;
    const steps = buildOrdinalsSteps(...place, batchRows / ENTRY_ROWS);
    try {
      return await this.#build(name, steps, check);
    } catch (error) {
      this.#cache.unpinRoom(name);
      throw error;
    }
  }

  /**
   * Makes a numbering together with all others who wait for it: whoever has a turn goes on with it. When
   * none is left who waits it is forgotten, as the columns may be gone then.
   */
  async #build(
    name: string,
    steps: Steps<OrdinalsLayout>,
    check: () => void,
  ): Promise<OrdinalsLayout> {
    const building = this.#buildings.get(name) ?? { steps, layout: null, waiting: 0 };
    this.#buildings.set(name, building);
    building.waiting++;
    try {
      const layout = await runInSlices(checkedSteps(goOn(building), check), this.#clock);
      this.#layouts.set(name, layout);
      return layout;
    } finally {
      building.waiting--;
      if (building.waiting === 0) this.#buildings.delete(name);
    }
  }
}

function* goOn(building: Building): Steps<OrdinalsLayout> {
  while (building.layout === null) {
    const step = building.steps.next();
    if (step.done) building.layout = step.value;
    else yield;
  }
  return building.layout;
}
