import type { AstExpression, LogicalNode } from '../../src/sql/ast.ts';

/** A node of the tree that PostgreSQL's parser gives, as libpg-query writes it in JSON. */
type PostgresNode = Readonly<Record<string, unknown>>;

/** An expression of ours as text with every operator in parentheses. */
export function ourStructure(node: AstExpression): string {
  const inner = ourStructure;
  const not = 'negated' in node && node.negated ? 'NOT ' : '';
  switch (node.kind) {
    case 'name':
      return node.qualifier === null ? node.name : `${node.qualifier}.${node.name}`;
    case 'number':
    case 'boolean':
      return String(node.value);
    case 'string':
      return `'${node.value}'`;
    case 'null':
      return 'NULL';
    case 'unary':
      return `(${node.operator} ${inner(node.operand)})`;
    case 'binary':
      return `(${inner(node.left)} ${node.operator} ${inner(node.right)})`;
    case 'logical':
      return `(${chainOf(node).map(inner).join(` ${node.operator} `)})`;
    case 'is':
      return `(${inner(node.operand)} IS ${not}${node.test})`;
    case 'distinct_from':
      return `(${inner(node.left)} IS ${not}DISTINCT FROM ${inner(node.right)})`;
    case 'between':
      return `(${inner(node.operand)} ${not}BETWEEN ${inner(node.low)} AND ${inner(node.high)})`;
    case 'in':
      return `(${inner(node.operand)} ${not}IN ${node.list.map(inner).join(', ')})`;
    case 'like':
      return `(${inner(node.operand)} ${not}${node.insensitive ? 'ILIKE' : 'LIKE'} ${inner(node.pattern)})`;
    case 'case': {
      const branches = node.branches.map(({ when, result }) => `${inner(when)} ${inner(result)}`);
      const ends = [node.operand, node.otherwise].map((end) => (end === null ? '' : inner(end)));
      return `(CASE ${ends[0]}: ${branches.join(' | ')}: ${ends[1]})`;
    }
    case 'cast':
      return `(${inner(node.operand)} :: ${node.typeName.toLowerCase()})`;
    case 'function': {
      const { args, distinct, filter } = node;
      const name = node.name.toLowerCase();
      const call = `${name}(${distinct ? 'DISTINCT ' : ''}${args.map(inner).join(', ')})`;
      return filter === null ? call : `${call} FILTER ${inner(filter)}`;
    }
    default:
      throw new Error(`no structure for ${node.kind}`);
  }
}

/** An expression of PostgreSQL's as the same text. @throws Error for a node that is not in the subset. */
export function postgresStructure(node: PostgresNode): string {
  const [kind, content] = Object.entries(node)[0] as [string, Record<string, PostgresNode>];
  const inner = postgresStructure;
  const { args = [] } = content as { args?: PostgresNode[] };
  switch (kind) {
    case 'ColumnRef':
      return list(content.fields).map(stringOf).join('.');
    case 'A_Const':
      return constantText(content);
    case 'BoolExpr': {
      const operator = String(content.boolop).replace('_EXPR', '');
      if (operator === 'NOT') return `(NOT ${inner(args[0]!)})`;
      return `(${args.map(inner).join(` ${operator} `)})`;
    }
    case 'NullTest':
    case 'BooleanTest': {
      const test = String(content.nulltesttype ?? content.booltesttype).replaceAll('_', ' ');
      return `(${inner(content.arg!)} ${test})`;
    }
    case 'TypeCast': {
      const { names } = content.typeName! as { names: PostgresNode[] };
      return `(${inner(content.arg!)} :: ${stringOf(names.at(-1)!)})`;
    }
    case 'CaseExpr': {
      const branches = args.map(({ CaseWhen }) => {
        const { expr, result } = CaseWhen as { expr: PostgresNode; result: PostgresNode };
        return `${inner(expr)} ${inner(result)}`;
      });
      const [operand, otherwise] = [content.arg, content.defresult].map((end) =>
        end === undefined ? '' : inner(end),
      );
      return `(CASE ${operand}: ${branches.join(' | ')}: ${otherwise})`;
    }
    case 'CoalesceExpr':
      return `coalesce(${args.map(inner).join(', ')})`;
    case 'FuncCall':
      return callText(content, args);
    case 'A_Expr':
      return operatorText(content);
    default:
      throw new Error(`no structure for ${kind}`);
  }
}

/** PostgreSQL makes one chain of `(a OR b) OR c`, too. */
function chainOf(node: LogicalNode): readonly AstExpression[] {
  const [first, ...others] = node.operands;
  if (first?.kind !== 'logical' || first.operator !== node.operator) return node.operands;
  return [...chainOf(first), ...others];
}

function callText(content: Record<string, PostgresNode>, args: readonly PostgresNode[]): string {
  const name = stringOf(list(content.funcname).at(-1)!);
  const inner = args.map(postgresStructure);
  // PostgreSQL has the zone first.
  if (name === 'timezone') return `at_time_zone(${inner.reverse().join(', ')})`;
  const call = `${name}(${content.agg_distinct === undefined ? '' : 'DISTINCT '}${inner.join(', ')})`;
  const filter = content.agg_filter;
  return filter === undefined ? call : `${call} FILTER ${postgresStructure(filter)}`;
}

const WORDS: Readonly<Record<string, string>> = {
  '~~': 'LIKE',
  '!~~': 'NOT LIKE',
  '~~*': 'ILIKE',
  '!~~*': 'NOT ILIKE',
};

function operatorText(content: Record<string, PostgresNode>): string {
  const { lexpr, rexpr = {} } = content;
  const symbol = stringOf(list(content.name)[0]!);
  const left = lexpr === undefined ? '' : postgresStructure(lexpr);
  const items = (): string[] => {
    const { items: all } = rexpr.List as { items: PostgresNode[] };
    return all.map(postgresStructure);
  };
  switch (String(content.kind)) {
    case 'AEXPR_OP':
      // We leave out a plus that does nothing.
      if (lexpr === undefined && symbol === '+') return postgresStructure(rexpr);
      if (lexpr === undefined) return `(${symbol} ${postgresStructure(rexpr)})`;
      return `(${left} ${symbol} ${postgresStructure(rexpr)})`;
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
      return `(${left} ${symbol} ${items().join(' AND ')})`;
    case 'AEXPR_IN':
      return `(${left} ${symbol === '<>' ? 'NOT ' : ''}IN ${items().join(', ')})`;
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return `(${left} ${WORDS[symbol]} ${postgresStructure(rexpr)})`;
    case 'AEXPR_DISTINCT':
      return `(${left} IS DISTINCT FROM ${postgresStructure(rexpr)})`;
    case 'AEXPR_NOT_DISTINCT':
      return `(${left} IS NOT DISTINCT FROM ${postgresStructure(rexpr)})`;
    default:
      throw new Error(`no structure for ${String(content.kind)}`);
  }
}

function constantText(content: Record<string, unknown>): string {
  if ('isnull' in content) return 'NULL';
  const [kind, value] = Object.entries(content).find(([key]) => key !== 'location')!;
  const inside = Object.values(value as Record<string, unknown>)[0];
  if (kind === 'sval') return `'${inside ?? ''}'`;
  if (kind === 'boolval') return String(inside ?? false);
  return String(inside ?? 0);
}

function list(value: unknown): PostgresNode[] {
  return value as PostgresNode[];
}

function stringOf(node: PostgresNode): string {
  return (node.String as { sval: string }).sval;
}
