import type { AstExpression, WindowNode } from './ast.ts';

/** The direct parts of an expression in the order of the text; empty for a leaf. */
export function childrenOf(node: AstExpression): readonly AstExpression[] {
  switch (node.kind) {
    case 'unary':
    case 'is':
    case 'cast':
    case 'extract':
      return [node.operand];
    case 'binary':
    case 'distinct_from':
      return [node.left, node.right];
    case 'logical':
      return node.operands;
    case 'between':
      return [node.operand, node.low, node.high];
    case 'in':
      return [node.operand, ...node.list];
    case 'like':
      return [node.operand, node.pattern];
    case 'case':
      return [
        ...(node.operand === null ? [] : [node.operand]),
        ...node.branches.flatMap(({ when, result }) => [when, result]),
        ...(node.otherwise === null ? [] : [node.otherwise]),
      ];
    case 'function':
      return [
        ...node.args,
        ...node.order.map(({ expression }) => expression),
        ...(node.filter === null ? [] : [node.filter]),
        ...(node.over === null ? [] : partsOfWindow(node.over)),
      ];
    default:
      return [];
  }
}

/** The expressions of a window. */
export function partsOfWindow({ partition, order, frame }: WindowNode): readonly AstExpression[] {
  const distances = frame === null ? [] : [frame.start.distance, frame.end.distance];
  return [
    ...partition,
    ...order.map(({ expression }) => expression),
    ...distances.filter((distance) => distance !== null),
  ];
}
