import type { Prng } from '../../src/base/prng.ts';
import { type DataType, isDecimal } from '../../src/base/types.ts';
import { AGGREGATE_ENTRIES } from './catalogue/aggregates.ts';
import { bytesAndJsonEntries } from './catalogue/bytes-json.ts';
import { decimalEntries } from './catalogue/decimals.ts';
import { duckDbName, isNumber, nyalaName, TYPES, typeBitsMax } from './catalogue/entry.ts';
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

const SCALAR_ENTRIES: readonly Operator[] = [
  ...operatorEntries(),
  ...decimalEntries(),
  ...functionEntries(),
  ...bytesAndJsonEntries(),
];

const EXACT_ENTRIES = SCALAR_ENTRIES.filter(({ inexact }) => !inexact);

/** Everything that is compared with DuckDB: operators, functions and aggregates on types. */
export const CATALOGUE: readonly Operator[] = [...SCALAR_ENTRIES, ...AGGREGATE_ENTRIES];

/** Types that only results have, such as those of decimals. */
const RESULT_TYPES: readonly DataType[] = [
  ...new Set(SCALAR_ENTRIES.map(({ result }) => result)),
].filter((type) => !TYPES.includes(type));

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
    for (const operator of SCALAR_ENTRIES) {
      const list = this.#byResult.get(operator.result) ?? [];
      list.push(operator);
      this.#byResult.set(operator.result, list);
    }
  }

  /** A type of a column, or now and then one that only results have. */
  type(): DataType {
    return this.prng.pick(this.prng.float() < 0.1 ? RESULT_TYPES : TYPES);
  }

  /** A term of whatever type with an entry that few queries had so far. */
  neglected(depth: number, inexact: boolean): Term {
    const entries = inexact ? SCALAR_ENTRIES : EXACT_ENTRIES;
    return this.#fitting(this.pick(entries, 12), depth) ?? this.term({ type: this.type(), depth });
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
  pick<T extends Operator>(entries: readonly T[], few = 3): T {
    const some = Array.from({ length: few }, () => this.prng.pick(entries));
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
    return this.#fitting(this.pick(operators), wanted.depth - 1, wanted.summable);
  }

  /** A call of an entry whose numbers stay within their type, or null. */
  #fitting(operator: Operator, depth: number, summable = false): Term | null {
    for (const argDepth of [depth, 0]) {
      const args = this.args(operator, argDepth, summable);
      const bounds = operator.bounds(args.map(boundsOf));
      // Exact numbers may not overflow: which rows are calculated at all differs between the two.
      if (bounds.bits > typeBitsMax(operator.result)) continue;
      return { kind: 'call', operator, args };
    }
    return null;
  }

  #argument({ type, texts, bitsMax }: Parameter, depth: number, summable: boolean): Term {
    if (texts !== null) {
      const text = this.prng.pick(texts);
      const bounds = isDecimal(type) ? { bits: typeBitsMax(type), summable: true } : UNBOUNDED;
      return { kind: 'leaf', type, text: { nyala: text, duckdb: text }, bounds };
    }
    return this.term({
      type,
      depth,
      bitsMax: isNumber(type) ? bitsMax : Infinity,
      summable: summable && isNumber(type),
    });
  }
}

function fits(bounds: Bounds, { type, bitsMax = Infinity, summable = false }: Wanted): boolean {
  if (!isNumber(type)) return true;
  return bounds.bits <= bitsMax && (bounds.summable || !summable);
}

const LITERALS: Readonly<Partial<Record<DataType, readonly string[]>>> = {
  BOOLEAN: ['TRUE', 'FALSE'],
  TINYINT: ['0', '1', '-1', '7', '100'],
  SMALLINT: ['0', '1', '-3', '8', '-100'],
  INT: ['0', '1', '-1', '7', '-13', '5'],
  BIGINT: ['0', '1', '-5', '42', '100'],
  FLOAT: ['0', '0.5', '-1.25', '3', '100.75'],
  DOUBLE: ['0.0', '0.5', '-1.25', '3.75', '100.0'],
  BYTES: ['', '00', '61', '00ff', '80', 'c3a9'],
  JSON: ['{}', '{"n": 1}', '[1, [2]]', '"s"', 'null', '0'],
  STRING: ['Oslo', 'a', '', 'zz', 'ÿ', 'label 7', 'o'],
  DATE: ['1970-01-01', '2019-05-15', '2024-02-29', '1969-12-31'],
  TIMESTAMP: ['1970-01-01 00:00:00', '1969-06-15 12:30:00', '2019-01-01 05:00:00'],
};

const DECIMAL_LITERALS = ['0', '1', '-0.5', '1.25', '7.75', '-3'];

/** Literals of numbers are small, exact and of few bits. */
function randomLiteral(prng: Prng, type: DataType): Leaf {
  const bounds: Bounds = isNumber(type) ? { bits: 7, summable: true } : UNBOUNDED;
  const leaf = (nyala: string, duckdb = nyala): Leaf => ({
    kind: 'leaf',
    type,
    text: { nyala, duckdb },
    bounds,
  });
  const cast = (text: string): Leaf =>
    leaf(`CAST(${text} AS ${nyalaName(type)})`, `CAST(${text} AS ${duckDbName(type)})`);
  if (prng.float() < 0.06) return cast('NULL');
  if (isDecimal(type)) return cast(`'${prng.pick(DECIMAL_LITERALS)}'`);
  const value = prng.pick(LITERALS[type]!);
  switch (type) {
    case 'BOOLEAN':
    case 'INT':
      return leaf(value);
    case 'TINYINT':
    case 'SMALLINT':
    case 'BIGINT':
    case 'FLOAT':
      return cast(value);
    case 'DOUBLE':
      return leaf(value, `CAST(${value} AS DOUBLE)`);
    case 'STRING':
      return leaf(`'${value}'`);
    case 'BYTES':
      return leaf(`X'${value}'`, `unhex('${value}')`);
    case 'JSON':
      return cast(`'${value}'`);
    case 'DATE':
    case 'TIMESTAMP':
      return leaf(`${type} '${value}'`);
    default:
      throw new Error(`random terms have no literals of ${type}`);
  }
}
