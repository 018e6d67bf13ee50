import type { TextPosition } from '../base/errors.ts';
import { GROUPING_SETS_MAX } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import { isArray, type TableSchema } from '../base/types.ts';
import type { AstExpression, GroupElement, OrderItem, SelectStatement, TableName } from './ast.ts';
import { unnested } from './bind-array.ts';
import { bindCondition, bindExpression } from './bind-expression.ts';
import { bindGapfill } from './bind-gapfill.ts';
import { type BoundGroups, GroupedOutput } from './bind-groups.ts';
import { bindError, checkColumnCount, nodeCounter, type Scope, TableScope } from './bind-scope.ts';
import {
  type Binding,
  bindColumn,
  bindColumnOrAlias,
  bindGroupedName,
  bindItem,
  findAlias,
  findOrdinal,
  outputScope,
  rowScope,
  windowScope,
} from './bind-select.ts';
import { bindSpecification } from './bind-window.ts';
import { chanceOf } from './chance.ts';
import type { Expression, OrderKey, WindowCall } from './expression.ts';
import { readsWindow, sameExpression } from './expression-tools.ts';
import { asGapfillTime, timeOfGapfill } from './gapfill-call.ts';
import { groupingSets } from './grouping-sets.ts';
import type { Gapfill, OutputColumn } from './plan.ts';
import type { PositionLookup } from './text-position.ts';

/** Where the binder finds tables. */
export interface TableResolver {
  /** The schema of a table, or null when there is none of exactly this name. */
  readonly resolveTable: (name: string) => TableSchema | null;
  /** Names of all tables, for another spelling of the name and for "did you mean". */
  readonly tableNames: () => Iterable<string>;
}

/** What binding needs beside the statement. */
export interface BindContext extends TableResolver {
  /** When the statement came in, in milliseconds since 1970: what NOW() says. */
  readonly nowMs: number;
  /** 64 random bits; absent where functions of chance need a seed. */
  readonly randomBits?: () => bigint;
}

/** A query whose names are resolved and whose expressions have types. */
export interface BoundQuery {
  /** Null for a query without FROM; of a query over another, the columns of that, without a name. */
  readonly table: TableSchema | null;
  /** The query in FROM, or null. */
  readonly input: BoundQuery | null;
  /** Over the table's columns. */
  readonly filter: Expression | null;
  /** Null when the query neither groups nor aggregates. */
  readonly groups: BoundGroups | null;
  /** Over `$key0`… and `$aggregate0`… of the groups. */
  readonly having: Expression | null;
  /** Over what `outputs` are over; their results are columns `$window0`… beside that. */
  readonly windows: readonly WindowCall[];
  /** Over the same and `$window0`… */
  readonly qualify: Expression | null;
  /**
   * Visible columns first, then hidden ones that only `order` needs; over the table's columns, or
   * over `$key0`… and `$aggregate0`… when there are groups.
   */
  readonly outputs: readonly Expression[];
  /** Names and types of the visible columns. */
  readonly columns: readonly OutputColumn[];
  readonly distinct: boolean;
  readonly gapfill: Gapfill | null;
  /** Over `outputs`. */
  readonly order: readonly OrderKey[];
  readonly offset: number;
  /** Null for all rows. */
  readonly limit: number | null;
}

/**
 * Binds a SELECT statement.
 *
 * Names: a column wins over an alias in GROUP BY; in HAVING a grouped column does, then an alias; in
 * ORDER BY a bare name is an alias first. NULLs come last in both directions unless the text says
 * otherwise, as in DuckDB.
 *
 * @throws EngineError with a position: UNKNOWN_TABLE, UNKNOWN_COLUMN, UNKNOWN_FUNCTION with the
 *   nearest name; INVALID_QUERY, TYPE_MISMATCH, BAD_CAST, NOT_SUPPORTED.
 */
export function bindQuery(
  select: SelectStatement,
  positionOf: PositionLookup,
  context: BindContext,
): BoundQuery {
  const { from } = select;
  const input =
    from !== null && 'select' in from ? bindQuery(from.select, positionOf, context) : null;
  const schema =
    input === null
      ? namedTable(from, positionOf, context)
      : tableOf(input, positionOf(from!.offset));
  const table = new TableScope(schema, from, positionOf);
  const groups = new GroupedOutput(positionOf);
  const countNode = nodeCounter(positionOf);
  const nowMs = (): number => context.nowMs;
  const chance = chanceOf(context.randomBits, schema !== null);
  const binding: Binding = {
    ...{ positionOf, nowMs, chance, countNode, table, groups, outputs: [], gapfills: [] },
    namedWindows: select.windows,
  };
  const where = select.where;
  const filter = where === null ? null : bindCondition(where, rowScope(binding, 'WHERE'), 'WHERE');
  for (const item of select.items) bindItem(binding, item);
  bindGroupBy(binding, select.groupBy);
  const having = bindHaving(binding, select.having);
  checkNamedWindows(binding);
  const qualify = bindQualify(binding, select.qualify);
  const { outputs, order } = bindOrder(binding, select);
  const gapfill = bindGapfill(binding, select.distinct);
  if (gapfill !== null && outputs.length > binding.outputs.length) {
    const message = 'with GAPFILL, ORDER BY takes only expressions of the select list';
    throw bindError('INVALID_QUERY', message, gapfill.position);
  }
  if (having !== null && !groups.isGrouped) {
    const message = 'HAVING needs GROUP BY or an aggregate; use WHERE to filter rows';
    throw bindError('INVALID_QUERY', message, positionOf(select.having!.offset));
  }
  if (schema === null) groups.refuseWithoutTable();
  const ofGroups = outputs.map((expression) => groups.overGroups(expression));
  const isOfRows = select.distinct && !groups.isGrouped && schema !== null;
  const explodes = isOfRows && ofGroups.some(({ type }) => isArray(type));
  if (groups.hasWindows) refuseBesideWindows(gapfill, explodes, positionOf(select.offset));
  const bound = isOfRows ? ofGroups.map(unnested) : ofGroups;
  order.forEach(({ column }, index) => {
    if (!isArray(bound[column]!.type)) return;
    const { offset } = select.orderBy[index]!.expression;
    const message = 'ORDER BY of an array is not supported';
    throw bindError('NOT_SUPPORTED', message, positionOf(offset));
  });
  return {
    table: schema,
    input,
    filter,
    groups: groups.isGrouped ? groups.groups : null,
    having: having === null ? null : groups.overGroups(having),
    windows: groups.windows,
    qualify: qualify === null ? null : groups.overGroups(qualify),
    outputs: bound,
    columns: binding.outputs.map(({ name }, index) => ({ name, type: bound[index]!.type })),
    distinct: select.distinct,
    gapfill,
    order,
    offset: select.skip,
    limit: select.limit,
  };
}

function bindGroupBy(binding: Binding, elements: readonly GroupElement[]): void {
  if (elements.length === 0) return;
  const sets = groupingSets(elements, GROUPING_SETS_MAX);
  if (sets === null) {
    const offsets = elements.map((element) => (element.kind === 'set' ? 0 : element.offset));
    const position = binding.positionOf(Math.max(...offsets));
    const message = `GROUP BY makes more than ${GROUPING_SETS_MAX} grouping sets`;
    throw bindError('INVALID_QUERY', message, position);
  }
  // Sets share their expressions, and each is bound once.
  const keys = new Map<AstExpression, number>();
  for (const set of sets) {
    const numbers = set.map((node) => {
      const key = keys.get(node) ?? bindKey(binding, node);
      keys.set(node, key);
      return key;
    });
    binding.groups.addSet(numbers);
  }
  const [first] = keys.keys();
  if (first !== undefined) binding.groups.refuseElementSets(first.offset);
}

function bindKey(binding: Binding, node: AstExpression): number {
  const key =
    findOrdinal(binding, node, 'GROUP BY') ??
    (node.kind === 'name'
      ? bindColumnOrAlias(binding, node)
      : bindExpression(node, rowScope(binding, 'GROUP BY')));
  return binding.groups.addKey(key, node.offset);
}

function bindHaving(binding: Binding, node: AstExpression | null): Expression | null {
  if (node === null) return null;
  const scope = outputScope(binding, 'HAVING', (name) => bindGroupedName(binding, name));
  const condition = bindCondition(node, scope, 'HAVING');
  if (!readsWindow(condition)) return condition;
  const message = 'a window function is not allowed in HAVING; QUALIFY takes it';
  throw bindError('INVALID_QUERY', message, binding.positionOf(node.offset));
}

/** The scope of a clause that sees the select list: of a grouped query as HAVING does. */
function listScope(binding: Binding, clause: string): Scope {
  return windowScope(binding, clause, (name) =>
    binding.groups.isGrouped ? bindGroupedName(binding, name) : bindColumnOrAlias(binding, name),
  );
}

function bindQualify(binding: Binding, node: AstExpression | null): Expression | null {
  if (node === null) return null;
  const condition = bindCondition(node, listScope(binding, 'QUALIFY'), 'QUALIFY');
  if (binding.groups.hasWindows) return condition;
  const message = 'QUALIFY needs a window function; use WHERE or HAVING';
  throw bindError('INVALID_QUERY', message, binding.positionOf(node.offset));
}

/** @throws EngineError NOT_SUPPORTED for what makes rows out of rows when windows have seen them. */
function refuseBesideWindows(
  gapfill: Gapfill | null,
  explodes: boolean,
  position: TextPosition,
): void {
  const what = gapfill !== null ? 'GAPFILL' : explodes ? 'SELECT DISTINCT of an array' : null;
  if (what === null) return;
  const message = `${what} beside window functions is not supported; use a subquery`;
  throw bindError('NOT_SUPPORTED', message, gapfill?.position ?? position);
}

/** @throws EngineError when a window that nobody uses is wrong. */
function checkNamedWindows(binding: Binding): void {
  const scope = outputScope(binding, 'WINDOW', (name) => bindColumn(binding, name));
  for (const { window } of binding.namedWindows) {
    bindSpecification(window, scope, binding.namedWindows);
  }
}

/** ORDER BY over the select list; expressions that are not in it become hidden outputs. */
function bindOrder(
  binding: Binding,
  { orderBy, distinct }: SelectStatement,
): { readonly outputs: readonly Expression[]; readonly order: readonly OrderKey[] } {
  const outputs = binding.outputs.map(({ expression }) => expression);
  const order = orderBy.map((item, index): OrderKey => {
    const position = binding.positionOf(item.expression.offset);
    checkColumnCount(index + 1, 'ORDER BY has', position);
    const expression = bindOrderExpression(binding, item);
    let column = outputs.findIndex((output) => sameExpression(output, expression));
    if (column < 0) {
      if (distinct) {
        const message = 'with SELECT DISTINCT, ORDER BY takes only expressions of the select list';
        throw bindError('INVALID_QUERY', message, position);
      }
      column = outputs.push(expression) - 1;
    }
    return { column, descending: item.descending, nullsFirst: item.nullsFirst ?? false };
  });
  return { outputs, order };
}

function bindOrderExpression(binding: Binding, { expression: node }: OrderItem): Expression {
  const output =
    findOrdinal(binding, node, 'ORDER BY') ??
    (node.kind === 'name' ? findAlias(binding, node) : null);
  if (output !== null) return output;
  const scope = listScope(binding, 'ORDER BY');
  const time = timeOfGapfill(node);
  return time === null ? bindExpression(node, scope) : asGapfillTime(bindExpression(time, scope));
}

/** The answer of a query as the table of another. */
function tableOf({ columns }: BoundQuery, position: TextPosition): TableSchema {
  const names = columns.map(({ name }) => name.toLowerCase());
  const repeated = columns.find((_, index) => names.indexOf(names[index]!) < index);
  if (repeated === undefined) return { name: '', columns };
  const message = `two columns of the subquery are called ${repeated.name}; give one an alias`;
  throw bindError('INVALID_QUERY', message, position);
}

function namedTable(
  from: SelectStatement['from'],
  positionOf: PositionLookup,
  context: BindContext,
): TableSchema | null {
  return from !== null && 'name' in from ? findTable(from, positionOf, context) : null;
}

function findTable(
  { database, name, offset }: TableName,
  positionOf: PositionLookup,
  { resolveTable, tableNames }: TableResolver,
): TableSchema {
  const position = positionOf(offset);
  if (database !== null && database.toLowerCase() !== 'default') {
    throw bindError('NOT_SUPPORTED', `the database ${database} is not supported`, position);
  }
  const table = resolveTable(name);
  if (table !== null) return table;
  const names = [...tableNames()];
  const matches = names.filter((one) => one.toLowerCase() === name.toLowerCase());
  const only = matches.length === 1 ? resolveTable(matches[0]!) : null;
  if (only !== null) return only;
  throw bindError('UNKNOWN_TABLE', `unknown table ${name}${didYouMean(name, names)}`, position);
}
