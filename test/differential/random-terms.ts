import type { Prng } from '../../src/base/prng.ts';
import type { DataType } from '../../src/base/types.ts';
import { AGGREGATE_ENTRIES } from './catalogue/aggregates.ts';
import { INTEGER_BITS_MAX, INTEGERS, NUMBERS } from './catalogue/entry.ts';
import { functionEntries } from './catalogue/functions.ts';
import { operatorEntries } from './catalogue/operators.ts';
import { RANDOM_COLUMNS } from './random-tables.ts';
import {
  type Bounds,
  boundsOf,
  type Leaf,
  type Operator,
  operatorKey,
  type Parameter,
  type Term,
  UNBOUNDED,
} from './term.ts';

/** Everything that is compared with DuckDB: operators, functions and aggregates on types. */
export const CATALOGUE: readonly Operator[] = [
  ...operatorEntries(),
  ...functionEntries(),
  ...AGGREGATE_ENTRIES,
];

/** What a term must be. */
export interface Wanted {
  readonly type: DataType;
  readonly depth: number;
  /** Bits of its numbers at most. */
  readonly bitsMax?: number;
  /** True when it must add up without rounding. */
  readonly summable?: boolean;
  /** True when its last digits may differ between the two. */
  readonly inexact?: boolean;
}

/** Makes terms, and knows how often each entry of the catalogue was in a query. */
export class TermMaker {
  readonly prng: Prng;
  readonly #counts = new Map<string, number>(CATALOGUE.map((entry) => [operatorKey(entry), 0]));
  readonly #byResult = new Map<DataType, Operator[]>();

  constructor(prng: Prng) {
    this.prng = prng;
    for (const operator of [...operatorEntries(), ...functionEntries()]) {
      const list = this.#byResult.get(operator.result) ?? [];
      list.push(operator);
      this.#byResult.set(operator.result, list);
    }
  }

  /** A random term of a type, within the bounds. */
  term(wanted: Wanted): Term {
    if (wanted.depth > 0 && this.prng.float() < 0.75) {
      const term = this.#call(wanted);
      if (term !== null && fits(boundsOf(term), wanted)) return term;
    }
    return this.leaf(wanted);
  }

  /** A column or a literal. */
  leaf({ type, bitsMax = Infinity, summable = false }: Wanted): Leaf {
    const columns = RANDOM_COLUMNS.filter(
      (column) =>
        column.type === type && fits(column.bounds, { type, bitsMax, summable, depth: 0 }),
    );
    if (columns.length > 0 && this.prng.float() < 0.75) {
      const { name, bounds } = this.prng.pick(columns);
      return { kind: 'leaf', type, text: { nyala: name, duckdb: name }, bounds };
    }
    return randomLiteral(this.prng, type);
  }

  /** An entry among those of a list that had the fewest uses of a few taken by chance. */
  pick<T extends Operator>(entries: readonly T[]): T {
    const some = [1, 2, 3].map(() => this.prng.pick(entries));
    const uses = some.map((entry) => this.#counts.get(operatorKey(entry))!);
    return some[uses.indexOf(Math.min(...uses))]!;
  }

  /** The arguments of an entry. */
  args({ parameters }: Operator, depth: number, summable = false): Term[] {
    return parameters.map((parameter) => this.#argument(parameter, depth, summable));
  }

  /** Counts the entries of a query that ran. */
  count(operators: readonly Operator[]): void {
    for (const operator of operators) {
      const key = operatorKey(operator);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** Entries that were in a query, all entries, and the names of those that were not. */
  coverage(): { readonly used: number; readonly total: number; readonly missing: string[] } {
    const missing = [...this.#counts].filter(([, count]) => count === 0).map(([key]) => key);
    return { used: this.#counts.size - missing.length, total: this.#counts.size, missing };
  }

  #call(wanted: Wanted): Term | null {
    const all = this.#byResult.get(wanted.type) ?? [];
    const operators = wanted.inexact ? all : all.filter(({ inexact }) => !inexact);
    const operator = this.pick(operators);
    for (const depth of [wanted.depth - 1, 0]) {
      const args = this.args(operator, depth, wanted.summable);
      const bounds = operator.bounds(args.map(boundsOf));
      // Integers may not overflow: which rows are calculated at all differs between the two.
      if (INTEGERS.includes(operator.result) && bounds.bits > INTEGER_BITS_MAX) continue;
      return { kind: 'call', operator, args };
    }
    return null;
  }

  #argument({ type, texts, bitsMax }: Parameter, depth: number, summable: boolean): Term {
    if (texts !== null) {
      const text = this.prng.pick(texts);
      return { kind: 'leaf', type, text: { nyala: text, duckdb: text }, bounds: UNBOUNDED };
    }
    const isNumber = NUMBERS.includes(type);
    return this.term({
      type,
      depth,
      bitsMax: isNumber ? bitsMax : Infinity,
      summable: summable && isNumber,
    });
  }
}

function fits(bounds: Bounds, { type, bitsMax = Infinity, summable = false }: Wanted): boolean {
  if (!NUMBERS.includes(type)) return true;
  return bounds.bits <= bitsMax && (bounds.summable || !summable);
}

const LITERALS: Readonly<Partial<Record<DataType, readonly string[]>>> = {
  BOOLEAN: ['TRUE', 'FALSE'],
  INT: ['0', '1', '-1', '7', '-13', '5'],
  BIGINT: ['0', '1', '-5', '42', '100'],
  FLOAT: ['0', '0.5', '-1.25', '3', '100.75'],
  DOUBLE: ['0.0', '0.5', '-1.25', '3.75', '100.0'],
  STRING: ['Oslo', 'a', '', 'zz', 'ÿ', 'label 7', 'o'],
  DATE: ['1970-01-01', '2019-05-15', '2024-02-29', '1969-12-31'],
  TIMESTAMP: ['1970-01-01 00:00:00', '1969-06-15 12:30:00', '2019-01-01 05:00:00'],
};

/** Literals of numbers are small, exact and of few bits. */
function randomLiteral(prng: Prng, type: DataType): Leaf {
  const bounds: Bounds = NUMBERS.includes(type) ? { bits: 7, summable: true } : UNBOUNDED;
  const leaf = (nyala: string, duckdb = nyala): Leaf => ({
    kind: 'leaf',
    type,
    text: { nyala, duckdb },
    bounds,
  });
  if (prng.float() < 0.06) return leaf(`CAST(NULL AS ${type === 'STRING' ? 'VARCHAR' : type})`);
  const value = prng.pick(LITERALS[type]!);
  switch (type) {
    case 'BOOLEAN':
    case 'INT':
      return leaf(value);
    case 'BIGINT':
    case 'FLOAT':
      return leaf(`CAST(${value} AS ${type})`);
    case 'DOUBLE':
      return leaf(value, `CAST(${value} AS DOUBLE)`);
    case 'STRING':
      return leaf(`'${value}'`);
    case 'DATE':
    case 'TIMESTAMP':
      return leaf(`${type} '${value}'`);
    default:
      throw new Error(`random terms have no literals of ${type}`);
  }
}
