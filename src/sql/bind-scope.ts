import { EngineError, type ErrorCode, type TextPosition } from '../base/errors.ts';
import { EXPRESSION_NODES_MAX, QUERY_COLUMNS_MAX } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { ColumnSchema, TableSchema } from '../base/types.ts';
import type { FunctionNode, NameNode, Subquery, TableName } from './ast.ts';
import type { Chance } from './chance.ts';
import type { Expression } from './expression.ts';
import { column } from './expression-tools.ts';
import type { PositionLookup } from './text-position.ts';
import { findVirtualColumn, VIRTUAL_COLUMNS } from './virtual-columns.ts';

/** What names mean at one place of a statement. */
export interface Scope {
  /** The clause in the words of an error: `WHERE`, `GROUP BY` … */
  readonly clause: string;
  readonly positionOf: PositionLookup;
  /** When the statement came in, in milliseconds since 1970; a plan that asks is for that moment only. */
  readonly nowMs: () => number;
  /** Where chance comes from, and what tells rows apart. */
  readonly chance: Chance;
  /** Counts a bound node, and throws when the statement has too many. */
  readonly countNode: (offset: number) => void;
  /** What a name stands for. */
  readonly resolveName: (node: NameNode) => Expression;
  /** Takes an aggregate; null where none may stand. */
  readonly bindAggregate: ((node: FunctionNode) => Expression) | null;
  /** Takes a call with OVER; null where none may stand. */
  readonly bindWindow: ((node: FunctionNode) => Expression) | null;
}

/** The columns that a FROM clause offers, and how the text may call its table. */
export class TableScope {
  readonly table: TableSchema | null;
  readonly #hasVirtualColumns: boolean;
  readonly #qualifiers: ReadonlySet<string>;
  readonly #exact: ReadonlyMap<string, ColumnSchema>;
  readonly #folded: ReadonlyMap<string, ColumnSchema>;
  readonly #positionOf: PositionLookup;

  /** @param table null for a query without FROM. */
  constructor(
    table: TableSchema | null,
    from: TableName | Subquery | null,
    positionOf: PositionLookup,
  ) {
    this.table = table;
    this.#hasVirtualColumns = from !== null && 'name' in from;
    const columns = table?.columns ?? [];
    const names = from === null ? [] : [from.alias ?? ('name' in from ? from.name : '')];
    this.#qualifiers = new Set(names.map((name) => name.toLowerCase()));
    this.#exact = new Map(columns.map((one) => [one.name, one]));
    this.#folded = new Map(columns.map((one) => [one.name.toLowerCase(), one]));
    this.#positionOf = positionOf;
  }

  /** The column that a name means, the exact spelling first; undefined when there is none. */
  find(node: NameNode): ColumnSchema | undefined {
    if (node.qualifier !== null) this.checkQualifier(node.qualifier, node.offset);
    const stored = this.#exact.get(node.name) ?? this.#folded.get(node.name.toLowerCase());
    return stored ?? (this.#hasVirtualColumns ? findVirtualColumn(node.name) : undefined);
  }

  /** A reference to the column that a name means. */
  resolve(node: NameNode): Expression {
    const found = this.find(node);
    if (found === undefined) throw this.unknownColumn(node);
    return column(found.name, found.type);
  }

  /** The column's name as the schema spells it, for the header of an answer. */
  nameText(node: NameNode): string {
    return this.find(node)?.name ?? node.name;
  }

  /** @throws EngineError UNKNOWN_TABLE when the name before a dot is not the table of FROM. */
  checkQualifier(qualifier: string, offset: number): void {
    if (this.#qualifiers.has(qualifier.toLowerCase())) return;
    const hint = didYouMean(qualifier, this.#qualifiers);
    throw bindError('UNKNOWN_TABLE', `unknown table ${qualifier}${hint}`, this.#positionOf(offset));
  }

  /** The error for a name that is no column; `aliases` are names that would have done as well. */
  unknownColumn(node: NameNode, aliases: Iterable<string> = []): EngineError {
    const { table } = this;
    const position = this.#positionOf(node.offset);
    const virtual = node.name.startsWith('$') ? VIRTUAL_COLUMNS : [];
    const columns = [...(table?.columns ?? []), ...virtual].map(({ name }) => name);
    const candidates = [...columns, ...aliases];
    let where = ': the query has no FROM';
    if (table !== null) where = table.name === '' ? ' in the subquery' : ` in table ${table.name}`;
    const hint = didYouMean(node.name, candidates);
    const quotes = node.quoted && hint === '' ? '; text is written in single quotes' : '';
    return bindError(
      'UNKNOWN_COLUMN',
      `unknown column ${node.name}${where}${hint}${quotes}`,
      position,
    );
  }
}

/** An error of the binder at a place in the text. */
export function bindError(code: ErrorCode, message: string, position: TextPosition): EngineError {
  return new EngineError(code, `binder: ${message}`, { position });
}

/**
 * A counter for `Scope.countNode`. BETWEEN and CASE repeat their operand in the plan, so a short text
 * that nests them would grow without bound.
 */
export function nodeCounter(positionOf: PositionLookup): (offset: number) => void {
  let count = 0;
  return (offset) => {
    if (++count <= EXPRESSION_NODES_MAX) return;
    throw bindError(
      'INVALID_QUERY',
      `the statement expands to more than ${EXPRESSION_NODES_MAX} expressions; split it up`,
      positionOf(offset),
    );
  };
}

/** @throws EngineError INVALID_QUERY when a list of a query, named by `what`, is too long. */
export function checkColumnCount(count: number, what: string, position: TextPosition): void {
  if (count <= QUERY_COLUMNS_MAX) return;
  throw bindError('INVALID_QUERY', `${what} more than ${QUERY_COLUMNS_MAX} entries`, position);
}
