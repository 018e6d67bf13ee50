import { isArray } from '../base/types.ts';
import { unnested, unnestedArray } from './bind-array.ts';
import { bindError, checkColumnCount } from './bind-scope.ts';
import { chanceOfGroup } from './chance.ts';
import { ELEMENT } from './element.ts';
import type { AggregateCall, Call, Expression, WindowCall } from './expression.ts';
import {
  call,
  column,
  isCall,
  literal,
  mapArguments,
  mapColumns,
  mapWindow,
  readsWindow,
  sameAggregate,
  sameCall,
  sameExpression,
  WINDOW,
} from './expression-tools.ts';
import { GROUPING_SET, type GroupingSets } from './plan.ts';
import type { PositionLookup } from './text-position.ts';

/** The call of GROUPING while the keys are not known yet. */
export const GROUPING = 'grouping';

/** GROUP BY and the aggregates, over the table's columns. */
export interface BoundGroups {
  readonly keys: readonly Expression[];
  /** Null when all keys make one set. */
  readonly groupingSets: GroupingSets | null;
  readonly aggregates: readonly AggregateCall[];
}

/**
 * Collects the keys and aggregates of a query and turns its output expressions, which are bound over
 * the table's columns, into expressions over the groups.
 */
export class GroupedOutput {
  readonly #keys: Expression[] = [];
  /** By index of their keys, ascending. */
  readonly #sets: (readonly number[])[] = [];
  readonly #aggregates: AggregateCall[] = [];
  readonly #windows: WindowCall[] = [];
  readonly #positionOf: PositionLookup;
  /** Column references by identity, with their offset, for the error about an ungrouped one. */
  readonly #columns = new Map<Expression, number>();
  /** References to aggregates and window functions by identity, with their offset. */
  readonly #references = new Map<Expression, number>();

  constructor(positionOf: PositionLookup) {
    this.#positionOf = positionOf;
  }

  /** True once there is a key, an aggregate or an empty grouping set. */
  get isGrouped(): boolean {
    return this.#keys.length > 0 || this.#aggregates.length > 0 || this.#sets.length > 0;
  }

  get groupingSets(): GroupingSets | null {
    const [only, ...others] = this.#sets;
    const isPlain =
      only === undefined || (others.length === 0 && only.length === this.#keys.length);
    return isPlain ? null : this.#sets;
  }

  /** The keys and aggregates so far. */
  get groups(): BoundGroups {
    const { groupingSets } = this;
    return { keys: this.#keys, groupingSets, aggregates: this.#aggregates };
  }

  /** Remembers where a column reference stands. */
  noteColumn(reference: Expression, offset: number): void {
    this.#columns.set(reference, offset);
  }

  /** Takes an aggregate, a repeated one only once; the result stands for its value. */
  addAggregate(aggregate: AggregateCall, offset: number): Expression {
    let index = this.#aggregates.findIndex((one) => sameAggregate(one, aggregate));
    if (index < 0) index = this.#aggregates.push(aggregate) - 1;
    checkColumnCount(index + 1, 'the list of aggregates has', this.#positionOf(offset));
    const reference = column(`$aggregate${index}`, aggregate.type);
    this.#references.set(reference, offset);
    return reference;
  }

  /** Takes a window function, a repeated one only once; the result stands for its value. */
  addWindow(window: WindowCall, offset: number): Expression {
    let index = this.#windows.findIndex((one) => sameCall(one, window));
    if (index < 0) index = this.#windows.push(window) - 1;
    checkColumnCount(index + 1, 'the list of window functions has', this.#positionOf(offset));
    const reference = column(`${WINDOW}${index}`, window.type);
    this.#references.set(reference, offset);
    return reference;
  }

  /** True once there is a window function. */
  get hasWindows(): boolean {
    return this.#windows.length > 0;
  }

  /** The window functions so far, over the groups if there are some. */
  get windows(): readonly WindowCall[] {
    return this.#windows.map((window) => mapWindow(window, (one) => this.overGroups(one)));
  }

  /** Takes a set of keys, as `addKey` numbers them. */
  addSet(keys: readonly number[]): void {
    this.#sets.push([...new Set(keys)].sort((left, right) => left - right));
  }

  /** Takes a GROUP BY expression, a repeated one only once; returns its number. */
  addKey(expression: Expression, offset: number): number {
    const key = unnested(expression);
    if (this.#holdsAggregate(key)) {
      const what = readsWindow(key) ? 'a window function' : 'an aggregate';
      const message = `${what} is not allowed in GROUP BY`;
      throw bindError('INVALID_QUERY', message, this.#positionOf(offset));
    }
    const known = this.#keys.findIndex((one) => sameExpression(one, key));
    if (known >= 0) return known;
    const index = this.#keys.push(key) - 1;
    checkColumnCount(this.#keys.length, 'GROUP BY has', this.#positionOf(offset));
    return index;
  }

  /** True when a plain column of this name is a key, or the elements of one. */
  hasKeyColumn(name: string): boolean {
    return this.#keys.some((key) => {
      const column = unnestedArray(key) ?? key;
      return column.kind === 'column' && column.name === name;
    });
  }

  /**
   * An output expression over `$key…` and `$aggregate…`; unchanged when the query has no groups.
   *
   * @throws EngineError INVALID_QUERY at a column that is neither a key nor inside an aggregate, and at
   *   a GROUPING of something else than a key.
   */
  overGroups(expression: Expression): Expression {
    if (!this.isGrouped) {
      refuseGrouping(expression);
      return expression;
    }
    if (this.#references.has(expression)) return expression;
    const key = this.#findKey(expression);
    if (key >= 0) return column(`$key${key}`, this.#keys[key]!.type);
    if (isCall(expression, GROUPING)) return this.#grouping(expression);
    const ofGroup = chanceOfGroup(expression, this.#keys);
    if (ofGroup !== null) return ofGroup;
    if (expression.kind !== 'column') {
      const ofKey = this.#ofElementKey(expression);
      if (ofKey !== null) return ofKey;
      // A literal that is a key is NULL where its set lacks it; inside an expression it is itself.
      return mapArguments(expression, (argument) =>
        argument.kind === 'literal' ? argument : this.overGroups(argument),
      );
    }
    const { name } = expression;
    if (name === ELEMENT) return expression;
    throw bindError(
      'INVALID_QUERY',
      `the column ${name} must appear in GROUP BY or inside an aggregate such as MAX(${name})`,
      this.#positionOf(this.#columns.get(expression) ?? 0),
    );
  }

  #findKey(expression: Expression): number {
    const wanted = unnested(expression);
    return this.#keys.findIndex((one) => sameExpression(one, wanted));
  }

  /**
   * A call that reads an array of which GROUP BY has the elements: in a condition the element of the
   * group stands for all; null when the call reads none.
   *
   * @throws EngineError NOT_SUPPORTED for other functions of such an array.
   */
  #ofElementKey(expression: Expression): Expression | null {
    if (expression.kind !== 'call') return null;
    const array = expression.args.find((arg) => isArray(arg.type) && this.#findKey(arg) >= 0);
    if (array === undefined) return null;
    const key = this.#findKey(array);
    const { function: name, args, position } = expression;
    if (name === 'array_any') {
      const element = column(`$key${key}`, this.#keys[key]!.type);
      const condition = this.overGroups(args[1]!);
      return mapColumns(condition, (one) => (one.name === ELEMENT ? element : one));
    }
    const message = `${name} of an array whose elements are the groups is not supported`;
    throw bindError('NOT_SUPPORTED', message, position ?? this.#positionOf(0));
  }

  /** @throws EngineError NOT_SUPPORTED for sets of keys some of which put a row into several groups. */
  refuseElementSets(offset: number): void {
    if (this.groupingSets === null || !this.#keys.some((key) => unnestedArray(key))) return;
    const message = 'an array in GROUPING SETS, ROLLUP or CUBE is not supported';
    throw bindError('NOT_SUPPORTED', message, this.#positionOf(offset));
  }

  /** @throws EngineError NOT_SUPPORTED when there are groups: the plan has nowhere to form them. */
  refuseWithoutTable(): void {
    if (!this.isGrouped) return;
    const [offset] = this.#references.values();
    const message = 'grouping and aggregates are not supported without FROM';
    throw bindError('NOT_SUPPORTED', message, this.#positionOf(offset ?? 0));
  }

  /** For each argument a bit, the last one the lowest: 1 where the set of the group lacks that key. */
  #grouping({ args, position }: Call): Expression {
    const keys = args.map((arg) => this.#keys.findIndex((key) => sameExpression(key, arg)));
    if (keys.includes(-1)) {
      throw bindError('INVALID_QUERY', 'GROUPING takes expressions of GROUP BY', position!);
    }
    const bitsOf = (set: readonly number[]): bigint =>
      keys.reduce((bits, key) => 2n * bits + (set.includes(key) ? 0n : 1n), 0n);
    const sets = this.groupingSets;
    if (sets === null) return literal('BIGINT', 0n);
    const [last = 0n, ...others] = sets.map(bitsOf).reverse();
    const branches = others
      .reverse()
      .flatMap((bits, set) => [
        call('equal', [column(GROUPING_SET, 'BIGINT'), literal('BIGINT', BigInt(set))], 'BOOLEAN'),
        literal('BIGINT', bits),
      ]);
    const otherwise = literal('BIGINT', last);
    return branches.length === 0 ? otherwise : call('case', [...branches, otherwise], 'BIGINT');
  }

  #holdsAggregate(expression: Expression): boolean {
    if (this.#references.has(expression)) return true;
    return expression.kind === 'call' && expression.args.some((arg) => this.#holdsAggregate(arg));
  }
}

/** @throws EngineError INVALID_QUERY when GROUPING is called where nothing is grouped. */
function refuseGrouping(expression: Expression): void {
  if (expression.kind !== 'call') return;
  if (expression.function === GROUPING) {
    throw bindError('INVALID_QUERY', 'GROUPING needs GROUP BY', expression.position!);
  }
  expression.args.forEach(refuseGrouping);
}
