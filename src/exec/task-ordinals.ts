import { assert } from '../base/assert.ts';
import type { ExecutionContext } from './context.ts';
import type { TaskSegment } from './leaf-task.ts';
import { OrdinalDictionary, type OrdinalsLayout } from './ordinals.ts';
import type { SegmentDictionary } from './segment-dictionary.ts';
import { type ColumnView, codedView, dictionaryText, type SegmentView } from './segment-view.ts';

/** A numbering of the texts of columns in the segments of one arena: plain data. */
export interface TaskOrdinals {
  readonly arena: number;
  readonly columns: readonly string[];
  /** Indexes into the task's segments. The layout has a table for each of them, column by column. */
  readonly segments: readonly number[];
  readonly layout: OrdinalsLayout;
}

/** The dictionaries of columns in some segments of a task, column by column. */
export function dictionariesOf(
  columns: readonly string[],
  segments: readonly TaskSegment[],
  contexts: readonly ExecutionContext[],
): SegmentDictionary[] {
  return columns.flatMap((column) =>
    segments.map(({ view, arena }) => {
      const coded = codedView(view.columns.get(column)!);
      assert(coded !== null, 'text is coded');
      return dictionaryText(contexts[arena]!.kernels, coded);
    }),
  );
}

/** The dictionaries of a task's numberings, on this thread. */
export function ordinalDictionaries(
  ordinals: readonly TaskOrdinals[],
  segments: readonly TaskSegment[],
  contexts: readonly ExecutionContext[],
): OrdinalDictionary[] {
  return ordinals.map(({ arena, columns, segments: members, layout }) => {
    const own = members.map((index) => segments[index]!);
    const dictionaries = dictionariesOf(columns, own, contexts);
    return new OrdinalDictionary(layout, dictionaries, contexts[arena]!.kernels);
  });
}

/** The same segments with columns that know their ordinals. */
export function withOrdinals(
  segments: readonly TaskSegment[],
  ordinals: readonly TaskOrdinals[],
  dictionaries: readonly OrdinalDictionary[],
): readonly TaskSegment[] {
  // What is known of a plan in a segment is found by the view.
  if (ordinals.length === 0) return segments;
  return segments.map(({ view, arena }, index) => {
    const columns = new Map<string, ColumnView>(view.columns);
    ordinals.forEach(({ columns: names, segments: members, layout }, number) => {
      const place = members.indexOf(index);
      if (place < 0) return;
      names.forEach((name, at) => {
        const table = layout.tables[at * members.length + place]!;
        const own = { table, dictionary: dictionaries[number]! };
        columns.set(name, { ...columns.get(name)!, ordinals: own });
      });
    });
    return { view: { ...view, columns } satisfies SegmentView, arena };
  });
}
