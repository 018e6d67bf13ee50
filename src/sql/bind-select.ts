import type { EngineError } from '../base/errors.ts';
import type { AstExpression, FunctionNode, NamedWindow, NameNode, SelectItem } from './ast.ts';
import { astText } from './ast-text.ts';
import { bindAggregate } from './bind-aggregate.ts';
import { bindExpression } from './bind-expression.ts';
import type { GroupedOutput } from './bind-groups.ts';
import { bindError, checkColumnCount, type Scope, type TableScope } from './bind-scope.ts';
import { bindWindow } from './bind-window.ts';
import type { Chance } from './chance.ts';
import type { Expression } from './expression.ts';
import { asGapfillTime, timeOfGapfill } from './gapfill-call.ts';
import type { OutputColumn } from './plan.ts';
import type { PositionLookup } from './text-position.ts';

/** A statement while it is bound: what its names can mean, and what has been bound so far. */
export interface Binding {
  readonly positionOf: PositionLookup;
  readonly nowMs: () => number;
  readonly chance: Chance;
  readonly countNode: (offset: number) => void;
  readonly table: TableScope;
  readonly groups: GroupedOutput;
  readonly namedWindows: readonly NamedWindow[];
  /** The select list, filled from left to right before any other clause reads it. */
  readonly outputs: SelectOutput[];
  /** GAPFILLs of the select list, with the index of their output. */
  readonly gapfills: { readonly node: FunctionNode; readonly output: number }[];
}

/** One column of the select list, over the table's columns and references to aggregates. */
export interface SelectOutput extends OutputColumn {
  readonly expression: Expression;
  /** The name that the text gives it, or null; other clauses can use only that. */
  readonly alias: string | null;
}

/** The scope of a clause that sees rows: columns only, no aggregates. */
export function rowScope(binding: Binding, clause: string): Scope {
  const { positionOf, nowMs, chance, countNode } = binding;
  const resolveName = (node: NameNode) => bindColumn(binding, node);
  const calls = { bindAggregate: null, bindWindow: null };
  return { clause, positionOf, nowMs, chance, countNode, resolveName, ...calls };
}

/** The scope of a clause that sees answers: aggregates may stand there, over arguments from rows. */
export function outputScope(
  binding: Binding,
  clause: string,
  resolveName: (node: NameNode) => Expression,
): Scope {
  return {
    ...rowScope(binding, clause),
    resolveName,
    bindAggregate: (node) => {
      const rows = rowScope(binding, `the aggregate ${node.name.toLowerCase()}`);
      return bindAggregate(node, rows, (aggregate) =>
        binding.groups.addAggregate(aggregate, node.offset),
      );
    },
  };
}

/** The same of a clause that comes after windows: their functions may stand there, over what it sees. */
export function windowScope(
  binding: Binding,
  clause: string,
  resolveName: (node: NameNode) => Expression,
): Scope {
  const scope = outputScope(binding, clause, resolveName);
  return {
    ...scope,
    bindWindow: (node) => {
      const inner = { ...scope, clause: `the window function ${node.name.toLowerCase()}` };
      return bindWindow(node, inner, binding.namedWindows, (window) =>
        binding.groups.addWindow(window, node.offset),
      );
    },
  };
}

/** Binds an entry of the select list and appends what it gives to `outputs`. */
export function bindItem(binding: Binding, item: SelectItem): void {
  const { outputs, positionOf } = binding;
  checkColumnCount(outputs.length + 1, 'the select list has', positionOf(item.offset));
  if (item.kind === 'star') {
    bindStar(binding, item.qualifier, item.offset);
    return;
  }
  const { alias } = item;
  const time = timeOfGapfill(item.expression);
  if (time !== null) {
    binding.gapfills.push({ node: item.expression as FunctionNode, output: outputs.length });
  }
  const node = time ?? item.expression;
  const scope = windowScope(binding, 'SELECT', (one) => bindColumn(binding, one));
  const bound = bindExpression(node, scope);
  const expression = time === null ? bound : asGapfillTime(bound);
  const name = alias ?? astText(node, (one) => binding.table.nameText(one));
  outputs.push({ name, type: expression.type, expression, alias });
}

/** A column of the table, remembered with its place for the error about ungrouped columns. */
export function bindColumn({ table, groups }: Binding, node: NameNode): Expression {
  const reference = table.resolve(node);
  groups.noteColumn(reference, node.offset);
  return reference;
}

/** The output with this alias, the exact spelling first, or null. */
export function findAlias({ outputs }: Binding, { name, qualifier }: NameNode): Expression | null {
  if (qualifier !== null) return null;
  const folded = name.toLowerCase();
  const found =
    outputs.find(({ alias }) => alias === name) ??
    outputs.find(({ alias }) => alias?.toLowerCase() === folded);
  return found?.expression ?? null;
}

/**
 * The output that an integer literal counts from 1; null for other expressions.
 *
 * @throws EngineError INVALID_QUERY when there is no such output.
 */
export function findOrdinal(
  { outputs, positionOf }: Binding,
  node: AstExpression,
  clause: string,
): Expression | null {
  if (node.kind !== 'number' || typeof node.value !== 'bigint') return null;
  const output = outputs[Number(node.value) - 1];
  if (output !== undefined) return output.expression;
  throw bindError(
    'INVALID_QUERY',
    `${clause} ${node.value} is not one of the ${outputs.length} columns of the select list`,
    positionOf(node.offset),
  );
}

/** A column, or else an alias. */
export function bindColumnOrAlias(binding: Binding, node: NameNode): Expression {
  if (binding.table.find(node) !== undefined) return bindColumn(binding, node);
  const alias = findAlias(binding, node);
  if (alias === null) throw unknownName(binding, node);
  return alias;
}

/** A grouped column, then an alias, then a column, which is later found to be ungrouped. */
export function bindGroupedName(binding: Binding, node: NameNode): Expression {
  const column = binding.table.find(node);
  if (column !== undefined && binding.groups.hasKeyColumn(column.name)) {
    return bindColumn(binding, node);
  }
  return findAlias(binding, node) ?? bindColumnOrAlias(binding, node);
}

function unknownName({ table, outputs }: Binding, node: NameNode): EngineError {
  return table.unknownColumn(
    node,
    outputs.flatMap(({ alias }) => (alias === null ? [] : [alias])),
  );
}

function bindStar(binding: Binding, qualifier: string | null, offset: number): void {
  const { table, groups, outputs, positionOf } = binding;
  if (table.table === null) {
    throw bindError('INVALID_QUERY', '* needs a table in FROM', positionOf(offset));
  }
  if (qualifier !== null) table.checkQualifier(qualifier, offset);
  const count = outputs.length + table.table.columns.length;
  checkColumnCount(count, 'the select list has', positionOf(offset));
  for (const { name, type } of table.table.columns) {
    const expression = { kind: 'column', name, type } as const;
    groups.noteColumn(expression, offset);
    outputs.push({ name, type, expression, alias: null });
  }
}
