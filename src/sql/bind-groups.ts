import { bindError, checkColumnCount } from './bind-scope.ts';
import type { AggregateCall, Expression } from './expression.ts';
import { column, mapArguments, sameAggregate, sameExpression } from './expression-tools.ts';
import type { PositionLookup } from './text-position.ts';

/** GROUP BY and the aggregates, over the table's columns. */
export interface BoundGroups {
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
}

/**
 * Collects the keys and aggregates of a query and turns its output expressions, which are bound over
 * the table's columns, into expressions over the groups.
 */
export class GroupedOutput {
  readonly #keys: Expression[] = [];
  readonly #aggregates: AggregateCall[] = [];
  readonly #positionOf: PositionLookup;
  /** Column references by identity, with their offset, for the error about an ungrouped one. */
  readonly #columns = new Map<Expression, number>();
  /** References to aggregates by identity, with the aggregate's offset. */
  readonly #references = new Map<Expression, number>();

  constructor(positionOf: PositionLookup) {
    this.#positionOf = positionOf;
  }

  /** True once there is a key or an aggregate. */
  get isGrouped(): boolean {
    return this.#keys.length > 0 || this.#aggregates.length > 0;
  }

  /** The keys and aggregates so far. */
  get groups(): BoundGroups {
    return { keys: this.#keys, aggregates: this.#aggregates };
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

  /** Takes a GROUP BY expression; a repeated one adds nothing. */
  addKey(key: Expression, offset: number): void {
    if (this.#holdsAggregate(key)) {
      const message = 'an aggregate is not allowed in GROUP BY';
      throw bindError('INVALID_QUERY', message, this.#positionOf(offset));
    }
    if (!this.#keys.some((one) => sameExpression(one, key))) this.#keys.push(key);
    checkColumnCount(this.#keys.length, 'GROUP BY has', this.#positionOf(offset));
  }

  /** True when a plain column of this name is a key. */
  hasKeyColumn(name: string): boolean {
    return this.#keys.some((key) => key.kind === 'column' && key.name === name);
  }

  /**
   * An output expression over `$key…` and `$aggregate…`; unchanged when the query has no groups.
   *
   * @throws EngineError INVALID_QUERY at a column that is neither a key nor inside an aggregate.
   */
  overGroups(expression: Expression): Expression {
    if (!this.isGrouped || this.#references.has(expression)) return expression;
    if (expression.kind === 'literal') return expression;
    const key = this.#keys.findIndex((one) => sameExpression(one, expression));
    if (key >= 0) return column(`$key${key}`, expression.type);
    if (expression.kind !== 'column') {
      return mapArguments(expression, (argument) => this.overGroups(argument));
    }
    const { name } = expression;
    throw bindError(
      'INVALID_QUERY',
      `the column ${name} must appear in GROUP BY or inside an aggregate such as MAX(${name})`,
      this.#positionOf(this.#columns.get(expression) ?? 0),
    );
  }

  /** @throws EngineError NOT_SUPPORTED when there are groups: the plan has nowhere to form them. */
  refuseWithoutTable(): void {
    if (!this.isGrouped) return;
    const [offset] = this.#references.values();
    const message = 'grouping and aggregates are not supported without FROM';
    throw bindError('NOT_SUPPORTED', message, this.#positionOf(offset ?? 0));
  }

  #holdsAggregate(expression: Expression): boolean {
    if (this.#references.has(expression)) return true;
    return expression.kind === 'call' && expression.args.some((arg) => this.#holdsAggregate(arg));
  }
}
