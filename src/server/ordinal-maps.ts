import { sortTexts } from '../base/text-order.ts';
import type { TextSources } from '../exec/chosen-text.ts';
import type { ExecutionContext } from '../exec/context.ts';
import type { TaskSegment } from '../exec/leaf-task.ts';
import { buildOrdinals, type OrdinalsLayout, ordinalsBytes } from '../exec/ordinals.ts';
import { dictionariesOf, type TaskOrdinals } from '../exec/task-ordinals.ts';
import type { ColumnCache } from './column-cache.ts';

/** A segment of a query, with the engine's number for it. */
export interface NumberedSegment extends TaskSegment {
  readonly id: number;
}

/**
 * Numberings of texts over several segments, made when a query first needs one and kept in the column
 * cache as long as there is room.
 */
export class OrdinalMaps {
  readonly #cache: ColumnCache;
  readonly #contexts: readonly ExecutionContext[];
  readonly #layouts = new Map<string, OrdinalsLayout>();

  /** @param contexts of the thread that calls, one an arena. */
  constructor(cache: ColumnCache, contexts: readonly ExecutionContext[]) {
    this.#cache = cache;
    this.#contexts = contexts;
  }

  /**
   * Numberings of texts over the segments of each arena; those for which there is no room are left out.
   * They stay until `unpin` is called with the result.
   *
   * @param together the texts of each numbering.
   * @param segments whose columns are pinned for at least as long.
   */
  pin(together: readonly TextSources[], segments: readonly NumberedSegment[]): TaskOrdinals[] {
    const pinned: TaskOrdinals[] = [];
    for (const sources of together) {
      for (const arena of this.#contexts.keys()) {
        const members = [...segments.keys()].filter((index) => segments[index]!.arena === arena);
        if (members.length === 0) continue;
        const { columns } = sources;
        const layout = this.#pinOne(
          sources,
          arena,
          members.map((index) => segments[index]!),
        );
        if (layout !== null) pinned.push({ arena, columns, segments: members, layout });
      }
    }
    return pinned;
  }

  /** Lets go of what `pin` gave. */
  unpin(ordinals: readonly TaskOrdinals[]): void {
    for (const { layout } of ordinals) this.#cache.unpinRoom(layout.name);
  }

  #pinOne(
    { columns, texts }: TextSources,
    arena: number,
    segments: readonly NumberedSegment[],
  ): OrdinalsLayout | null {
    const sorted = sortTexts([...texts]);
    const name = `ordinals/${JSON.stringify([columns, sorted])}/${segments.map(({ id }) => id).join()}`;
    const dictionaries = dictionariesOf(columns, segments, this.#contexts);
    const lengths = [...dictionaries, sorted].map(({ length }) => length);
    const room = this.#cache.pinRoom(name, arena, ordinalsBytes(lengths));
    if (room === null) return null;
    const known = this.#layouts.get(name);
    if (known !== undefined && !room.isNew) return known;
    const { batch, kernels } = this.#contexts[arena]!;
    const mark = batch.mark();
    const layout = buildOrdinals(name, dictionaries, sorted, room.address, batch, kernels);
    batch.release(mark);
    this.#layouts.set(name, layout);
    return layout;
  }
}
