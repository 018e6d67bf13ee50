import type {
  AstExpression,
  CaseNode,
  FrameBoundNode,
  FunctionNode,
  NameNode,
  OrderItem,
  WindowNode,
} from './ast.ts';

/** How the text of an expression names a column. */
export type NameText = (node: NameNode) => string;

/**
 * An expression as normalised text: keywords and functions in lower case, one blank around
 * operators, parentheses only where they are needed. It names a select item that has no alias, as
 * Pinot does: `count(*)`, `sum(delay)`, `delay + 1`.
 */
export function astText(node: AstExpression, nameText: NameText = ({ name }) => name): string {
  const text = (child: AstExpression) => astText(child, nameText);
  const wrap = (child: AstExpression, powerMin: number) =>
    powerOf(child) < powerMin ? `(${text(child)})` : text(child);
  const not = 'negated' in node && node.negated ? 'not ' : '';
  switch (node.kind) {
    case 'name':
      return nameText(node);
    case 'number':
    case 'boolean':
      return String(node.value);
    case 'string':
      return quote(node.value);
    case 'null':
      return 'null';
    case 'typed':
      if (node.type === 'BYTES') return `x${quote(node.text)}`;
      return `${node.type.toLowerCase()} ${quote(node.text)}`;
    case 'interval':
      return intervalText(node);
    case 'unary':
      return node.operator === '-' ? `-${wrap(node.operand, 11)}` : `not ${wrap(node.operand, 3)}`;
    case 'binary':
    case 'logical':
      return infixText(node, wrap);
    case 'is':
      return `${wrap(node.operand, 4)} is ${not}${node.test.toLowerCase()}`;
    case 'distinct_from':
      return `${wrap(node.left, 4)} is ${not}distinct from ${wrap(node.right, 5)}`;
    case 'between':
      return `${wrap(node.operand, 6)} ${not}between ${wrap(node.low, 7)} and ${wrap(node.high, 7)}`;
    case 'in':
      return `${wrap(node.operand, 6)} ${not}in (${node.list.map(text).join(', ')})`;
    case 'like': {
      const { escapeCharacter } = node;
      const suffix = escapeCharacter === null ? '' : ` escape ${quote(escapeCharacter.value)}`;
      const operator = node.insensitive ? 'ilike' : 'like';
      return `${wrap(node.operand, 6)} ${not}${operator} ${wrap(node.pattern, 7)}${suffix}`;
    }
    case 'case':
      return caseText(node, text);
    case 'cast':
      return `cast(${text(node.operand)} as ${node.typeName.toLowerCase()})`;
    case 'extract':
      return `extract(${node.unit.toLowerCase()} from ${text(node.operand)})`;
    case 'function':
      return functionText(node, text);
  }
}

type Text = (node: AstExpression) => string;

function infixText(
  node: AstExpression & { kind: 'binary' | 'logical' },
  wrap: (child: AstExpression, powerMin: number) => string,
): string {
  const power = powerOf(node);
  if (node.kind === 'logical') {
    const operator = ` ${node.operator.toLowerCase()} `;
    return node.operands.map((operand) => wrap(operand, power + 1)).join(operator);
  }
  const operator = node.operator.toLowerCase();
  return `${wrap(node.left, power)} ${operator} ${wrap(node.right, power + 1)}`;
}

function caseText({ operand, branches, otherwise }: CaseNode, text: Text): string {
  const parts = [operand === null ? 'case' : `case ${text(operand)}`];
  for (const { when, result } of branches) parts.push(`when ${text(when)} then ${text(result)}`);
  if (otherwise !== null) parts.push(`else ${text(otherwise)}`);
  return `${parts.join(' ')} end`;
}

function functionText(node: FunctionNode, text: Text): string {
  const args = node.star ? '*' : node.args.map(text).join(', ');
  const order = node.order.length === 0 ? '' : ` order by ${orderText(node.order, text)}`;
  const call = `${node.name.toLowerCase()}(${node.distinct ? 'distinct ' : ''}${args}${order})`;
  const filter = node.filter === null ? '' : ` filter (where ${text(node.filter)})`;
  const nulls = node.nulls === null ? '' : ` ${node.nulls.toLowerCase()} nulls`;
  const over = node.over === null ? '' : ` over ${windowText(node.over, text)}`;
  return call + filter + nulls + over;
}

function windowText({ base, isName, partition, order, frame }: WindowNode, text: Text): string {
  if (isName) return base!;
  const parts = base === null ? [] : [base];
  if (partition.length > 0) parts.push(`partition by ${partition.map(text).join(', ')}`);
  if (order.length > 0) parts.push(`order by ${orderText(order, text)}`);
  if (frame !== null) {
    const ends = `${boundText(frame.start, text)} and ${boundText(frame.end, text)}`;
    parts.push(`${frame.unit.toLowerCase()} between ${ends}`);
  }
  return `(${parts.join(' ')})`;
}

function boundText({ kind, side, distance }: FrameBoundNode, text: Text): string {
  if (kind === 'current') return 'current row';
  return `${distance === null ? 'unbounded' : text(distance)} ${side}`;
}

function orderText(order: readonly OrderItem[], text: Text): string {
  const items = order.map(({ expression, descending, nullsFirst }) => {
    const nulls = nullsFirst === null ? '' : ` nulls ${nullsFirst ? 'first' : 'last'}`;
    return `${text(expression)}${descending ? ' desc' : ''}${nulls}`;
  });
  return items.join(', ');
}

function intervalText(node: AstExpression & { kind: 'interval' }): string {
  const parts: string[] = [];
  if (node.months !== 0n) parts.push(`${node.months} months`);
  if (node.days !== 0n) parts.push(`${node.days} days`);
  if (node.micros !== 0n) parts.push(`${node.micros} microseconds`);
  return `interval ${quote(parts.length === 0 ? '0 days' : parts.join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The parser's binding powers, for the operators that a node's text shows at its top. */
function powerOf(node: AstExpression): number {
  switch (node.kind) {
    case 'logical':
      return node.operator === 'OR' ? 1 : 2;
    case 'unary':
      return node.operator === 'NOT' ? 3 : 10;
    case 'is':
    case 'distinct_from':
      return 4;
    case 'between':
    case 'in':
    case 'like':
      return 6;
    case 'binary':
      return BINARY_POWERS[node.operator] ?? 5;
    default:
      return 12;
  }
}

const BINARY_POWERS: Readonly<Record<string, number>> = {
  '||': 7,
  '+': 8,
  '-': 8,
  '*': 9,
  '/': 9,
  '%': 9,
  DIV: 9,
};
