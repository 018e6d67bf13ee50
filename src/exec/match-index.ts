import { decodeUtf8 } from '../base/bytes.ts';
import { indexName } from '../base/index-config.ts';
import { type JsonFilter, parseJsonMatch, pathTerm, predicatesOf } from '../base/json-match.ts';
import { compareText } from '../base/text-order.ts';
import { parseTextQuery, type TextQuery } from '../base/text-search.ts';
import type { Call } from '../sql/expression.ts';
import type { ExecutionContext } from './context.ts';
import { combineFilters, type Filter } from './filter.ts';
import { callError } from './functions/implementation.ts';
import { CHECKED_GROUPS, IndexSets } from './index-rows.ts';
import { findIndex, type IndexView, type SegmentView } from './segment-view.ts';

/** Rows that may match, and whether they do; null when any row may. */
interface Candidates {
  readonly filter: Filter;
  readonly isExact: boolean;
}

/**
 * TEXT_MATCH or JSON_MATCH of a column by its index: the rows that have the terms, and where terms
 * alone do not tell, as of phrases, the function itself on those rows only.
 *
 * @returns null when there is no index, or it does not help.
 */
export function compileMatch(
  call: Call,
  segment: SegmentView,
  context: ExecutionContext,
): Filter | null {
  const [column, text] = call.args;
  if (column?.kind !== 'column' || text?.kind !== 'literal' || text.value === null) return null;
  const refuse = (code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string) =>
    callError(call, code, message);
  let found: Candidates | null = null;
  if (call.function === 'text_match') {
    const index = findIndex(segment, 'text', column.name);
    if (index === null) return null;
    found = textRows(parseTextQuery(String(text.value), refuse), new TermSets(index, context));
  } else if (call.function === 'json_match') {
    const index = findIndex(segment, 'json', column.name);
    if (index === null) return null;
    const { filter, isNegated } = parseJsonMatch(String(text.value), refuse);
    found = isNegated ? null : jsonRows(filter, new TermSets(index, context));
  }
  if (found === null) return null;
  if (found.isExact) return found.filter;
  return combineFilters('and', [found.filter, { kind: 'expression', expression: call }]);
}

function textRows(query: TextQuery, sets: TermSets): Candidates | null {
  switch (query.kind) {
    case 'term':
      return { filter: sets.rowsOf(sets.termsFrom(query.token, isSame)), isExact: true };
    case 'prefix':
      return { filter: sets.rowsOf(sets.termsFrom(query.token, startsWith)), isExact: true };
    case 'phrase': {
      const terms = [...new Set(query.tokens)];
      const filters = terms.map((token) => sets.rowsOf(sets.termsFrom(token, isSame)));
      return { filter: combineFilters('and', filters), isExact: false };
    }
    case 'not':
      return null;
    default:
      return combine(
        query.kind,
        query.queries.map((inner) => textRows(inner, sets)),
      );
  }
}

function jsonRows(filter: JsonFilter, sets: TermSets): Candidates | null {
  if (filter.kind === 'predicate') {
    const { path, values, test } = filter;
    const prefix = `${pathTerm(path)}\0`;
    const terms =
      values === null
        ? sets.termsFrom(prefix, startsWith, (term) => test(term.slice(prefix.length)))
        : values.flatMap((value) => [...sets.termsFrom(prefix + value, isSame)]);
    // The index does not tell one place in an array from another.
    const isExact = path.every((step) => typeof step === 'string' || step < 0);
    return { filter: sets.rowsOf(terms), isExact };
  }
  const found = combine(
    filter.kind,
    filter.filters.map((inner) => jsonRows(inner, sets)),
  );
  // Of predicates on arrays, one record has to satisfy all.
  const hasArrays = predicatesOf(filter).some(({ path }) =>
    path.some((step) => typeof step === 'number'),
  );
  if (found === null || filter.kind === 'or' || !hasArrays) return found;
  return { ...found, isExact: false };
}

/** An OR with an unknown part is unknown; an AND goes by what is known. */
function combine(kind: 'and' | 'or', parts: readonly (Candidates | null)[]): Candidates | null {
  const known = parts.filter((part) => part !== null);
  if (known.length === 0 || (kind === 'or' && known.length < parts.length)) return null;
  const filters = known.map(({ filter }) => filter);
  const isExact = known.length === parts.length && known.every((part) => part.isExact);
  return { filter: combineFilters(kind, filters), isExact };
}

const isSame = (term: string, wanted: string): boolean => term === wanted;
const startsWith = (term: string, wanted: string): boolean => term.startsWith(wanted);

/** The terms of an index, as `terms.ts` draws them, and their rows. */
class TermSets {
  readonly #index: IndexView;
  readonly #context: ExecutionContext;
  readonly #sets: IndexSets;

  constructor(index: IndexView, context: ExecutionContext) {
    this.#index = index;
    this.#context = context;
    this.#sets = new IndexSets(index, context);
  }

  /** A filter for the rows that have any of some terms. */
  rowsOf(terms: Iterable<number>): Filter {
    // Reading texts costs so much more that it is never worth asking.
    return this.#sets.rowsOf(terms, Infinity)!;
  }

  /** The numbers of the terms from `wanted` on, in their order, for as long as they fit. */
  *termsFrom(
    wanted: string,
    fits: (term: string, wanted: string) => boolean,
    passes: (term: string) => boolean = () => true,
  ): Generator<number> {
    const count = this.#sets.groupCount;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareText(this.#term(middle), wanted) >= 0) high = middle;
      else low = middle + 1;
    }
    for (let at = low; at < count; at++) {
      if (at % CHECKED_GROUPS === 0) this.#context.control.checkpoint();
      const term = this.#term(at);
      if (!fits(term, wanted)) return;
      if (passes(term)) yield at;
    }
  }

  #term(at: number): string {
    const { addresses, metadata } = this.#index;
    const { u32, u8 } = this.#context.kernels;
    const offsets = addresses.termOffsets! >>> 2;
    const start = addresses.terms! + u32[offsets + at]!;
    const end = addresses.terms! + u32[offsets + at + 1]!;
    // A copy, because text cannot be decoded from shared memory.
    return decodeUtf8(u8.slice(start, end), `segment: index ${indexName(metadata)}`);
  }
}
