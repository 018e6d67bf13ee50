import type { IndexConfig, IndexKind } from '../base/index-config.ts';
import type { Call, Expression } from './expression.ts';
import { collectColumns } from './expression-tools.ts';
import { ALL_INDEXES, type IndexUse, type LeafPlan } from './plan.ts';

/** What the options `useIndexes`, `skipIndexes` and `useStarTree` say, which have been checked. */
export function indexUseOf(options: ReadonlyMap<string, string>): IndexUse {
  const use = options.get('useIndexes')?.toLowerCase();
  if (use === 'false') return { ...ALL_INDEXES, enabled: false };
  const forced = use === 'always';
  const starTree = options.get('useStarTree')?.toLowerCase() !== 'false';
  const text = options.get('skipIndexes')?.trim() ?? '';
  if (text === '') return { ...ALL_INDEXES, forced, starTree };
  const skipped = text.split('&').map((entry) => {
    const at = entry.indexOf('=');
    const kinds = entry.slice(at + 1).split(',');
    return [entry.slice(0, at).trim(), kinds.map((kind) => kind.trim().toLowerCase())] as const;
  });
  return { enabled: true, forced, skipped: Object.fromEntries(skipped), starTree };
}

/** True when the options of the query leave the index on. */
export function mayUse(use: IndexUse, { kind, columns }: IndexConfig): boolean {
  return use.enabled && !columns.some((name) => use.skipped[name]?.includes(kind) === true);
}

/**
 * The indexes that could help to filter the rows of a leaf: what a server loads before it decides by
 * the number of matches, and what EXPLAIN shows.
 *
 * @param indexes of the table or of one segment.
 */
export function filterIndexes<Index extends IndexConfig>(
  plan: LeafPlan,
  indexes: readonly Index[],
): readonly Index[] {
  if (!plan.indexUse.enabled || indexes.length === 0) return [];
  const wanted = new Set<string>();
  collectUses(plan.filter, wanted);
  if (plan.kind === 'aggregate') {
    for (const { filter } of plan.aggregates) collectUses(filter, wanted);
  }
  return indexes.filter(
    (index) =>
      index.columns.length === 1 &&
      mayUse(plan.indexUse, index) &&
      wanted.has(useOf(index.kind, index.columns[0]!)),
  );
}

const COMPARISONS: ReadonlySet<string> = new Set([
  'equal',
  'less',
  'less_or_equal',
  'greater',
  'greater_or_equal',
]);
const MATCHES: Readonly<Record<string, IndexKind>> = { text_match: 'text', json_match: 'json' };

function useOf(kind: IndexKind, column: string): string {
  return `${kind} ${column}`;
}

/** Adds the uses that a predicate has for indexes. */
function collectUses(predicate: Expression | null, uses: Set<string>): void {
  if (predicate?.kind !== 'call') return;
  const { function: name, args } = predicate;
  if (name === 'and' || name === 'or' || name === 'not') {
    for (const arg of args) collectUses(arg, uses);
    return;
  }
  const column = onlyColumn(predicate);
  if (column === null) return;
  const match = MATCHES[name];
  if (match !== undefined) {
    uses.add(useOf(match, column));
    return;
  }
  // Whatever is computed from one coded column selects some of its codes.
  for (const kind of ['inverted', 'sorted'] as const) uses.add(useOf(kind, column));
  if (!isOnColumn(predicate)) return;
  if (COMPARISONS.has(name)) uses.add(useOf('range', column));
  if (name !== 'equal' && name !== 'in') return;
  for (const kind of ['bloom', 'partition'] as const) uses.add(useOf(kind, column));
}

/** True for a column beside literals. */
function isOnColumn({ args: [first, ...others] }: Call): boolean {
  return first?.kind === 'column' && others.every(({ kind }) => kind === 'literal');
}

function onlyColumn(expression: Expression): string | null {
  const names = new Set<string>();
  collectColumns(expression, names);
  return names.size === 1 ? [...names][0]! : null;
}
