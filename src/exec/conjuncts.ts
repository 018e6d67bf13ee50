import { applyFilter, type FilterStatistics } from './apply-filter.ts';
import type { ExecutionContext } from './context.ts';
import { excludesRows, type Filter, filterIndexNames } from './filter.ts';
import { estimatedPassRate, isSafe, rowCost } from './filter-estimate.ts';
import { filterLabel } from './filter-label.ts';
import { type PredicateProfile, type Profiler, predicateOf } from './profile.ts';
import type { SegmentView } from './segment-view.ts';

/** Batches at the beginning whose pass rates are measured, and later every so many. */
const MEASURED_FIRST = 2;
const MEASURED_EVERY = 16;

interface Conjunct {
  readonly filter: Filter;
  readonly cost: number;
  /** Share of the rows it gets that it passes: an estimate, then what was measured. */
  passRate: number;
  rowsIn: number;
  rowsOut: number;
  readonly profile: PredicateProfile | null;
}

/**
 * The predicates of a filter that is not constant, all of which have to hold, applied in the order that takes least: those that
 * leave out most rows for their cost go first. The order follows estimates at first, then pass rates
 * measured in some batches. Predicates that can fail keep their places behind those that cannot, and
 * among themselves, so that earlier ones guard later ones.
 */
export class Conjuncts {
  readonly #segment: SegmentView;
  readonly #context: ExecutionContext;
  readonly #statistics: FilterStatistics;
  readonly #profiler: Profiler | null;
  readonly #adaptive: Conjunct[];
  readonly #guarded: readonly Conjunct[];
  #batchCount = 0;

  constructor(
    filter: Filter,
    segment: SegmentView,
    context: ExecutionContext,
    statistics: FilterStatistics,
    profiler: Profiler | null,
  ) {
    this.#segment = segment;
    this.#context = context;
    this.#statistics = statistics;
    this.#profiler = profiler;
    const isConstant = filter.kind === 'all' || filter.kind === 'none';
    const filters = filter.kind === 'and' ? filter.filters : isConstant ? [] : [filter];
    const conjuncts = filters.map((one): Conjunct => {
      const passRate = estimatedPassRate(one, segment, context);
      const index = filterIndexNames(one).join(', ') || null;
      const profile =
        profiler === null ? null : predicateOf(profiler.profile, filterLabel(one), index);
      return { filter: one, cost: rowCost(one), passRate, rowsIn: 0, rowsOut: 0, profile };
    });
    this.#adaptive = conjuncts.filter((one) => isSafe(one.filter));
    this.#guarded = conjuncts.filter((one) => !isSafe(one.filter));
    this.#order();
  }

  /** Clears the bits of the rows that do not pass; see `applyFilter`. */
  apply(mask: number, start: number, count: number): void {
    const excluding = this.#adaptive.find(({ filter }) => excludesRows(filter, start, count));
    if (excluding !== undefined) {
      if (excluding.profile !== null) excluding.profile.rowsIn += this.#count(mask, count);
      this.#context.kernels.run.fillBytes(mask, 0, Math.ceil(count / 64) * 8);
      return;
    }
    const number = this.#batchCount++;
    const isAdapting =
      this.#adaptive.length > 1 && (number < MEASURED_FIRST || number % MEASURED_EVERY === 0);
    const all = [...this.#adaptive, ...this.#guarded];
    if (!isAdapting && this.#profiler === null) {
      for (const { filter } of all) this.#apply(filter, mask, start, count);
      return;
    }
    let rowCount = this.#count(mask, count);
    for (const conjunct of all) {
      if (rowCount === 0) break;
      const before = rowCount;
      this.#applyMeasured(conjunct, mask, start, count);
      rowCount = this.#count(mask, count);
      conjunct.rowsIn += before;
      conjunct.rowsOut += rowCount;
      conjunct.passRate = conjunct.rowsOut / conjunct.rowsIn;
      if (conjunct.profile === null) continue;
      conjunct.profile.rowsIn += before;
      conjunct.profile.rowsOut += rowCount;
    }
    if (isAdapting) this.#order();
  }

  #order(): void {
    this.#adaptive.sort((left, right) => rank(left) - rank(right));
  }

  #applyMeasured({ filter, profile }: Conjunct, mask: number, start: number, count: number): void {
    if (profile === null || this.#profiler === null) {
      this.#apply(filter, mask, start, count);
      return;
    }
    const before = this.#statistics.bytesScanned;
    this.#profiler.measure(profile, () => this.#apply(filter, mask, start, count));
    profile.bytes += this.#statistics.bytesScanned - before;
  }

  #apply(filter: Filter, mask: number, start: number, count: number): void {
    applyFilter(filter, mask, this.#segment, start, count, this.#context, this.#statistics);
  }

  #count(mask: number, count: number): number {
    return this.#context.kernels.run.bitmapCount(mask, Math.ceil(count / 64));
  }
}

/** Cost for each row that is left out: the least first is the best order of independent predicates. */
function rank({ cost, passRate }: Conjunct): number {
  return cost / Math.max(1 - passRate, 1e-6);
}
