import { EXPRESSION_DEPTH_MAX } from '../base/limits.ts';
import type { AstExpression, GroupElement, SelectStatement, Statement } from './ast.ts';
import { childrenOf, partsOfWindow } from './ast-children.ts';
import type { TokenCursor } from './token-cursor.ts';

/**
 * Checks that no expression is deeper than `EXPRESSION_DEPTH_MAX`. The parser bounds its own nesting,
 * but `1 + 1 + 1 + …` grows a deep tree in a loop, and later stages are recursive.
 *
 * @throws EngineError SQL_SYNTAX at the node that is too deep.
 */
export function checkDepth({ select }: Statement, cursor: TokenCursor): void {
  // Every level of a tree takes at least one token, so short statements need no walk.
  if (cursor.tokens.length <= EXPRESSION_DEPTH_MAX) return;
  checkSelect(select, cursor);
}

function checkSelect(select: SelectStatement, cursor: TokenCursor): void {
  if (select.from !== null && 'select' in select.from) checkSelect(select.from.select, cursor);
  let level: AstExpression[] = select.groupBy.flatMap(expressionsOf);
  for (const item of select.items) if (item.kind === 'expression') level.push(item.expression);
  for (const item of select.orderBy) level.push(item.expression);
  level.push(...select.windows.flatMap(({ window }) => partsOfWindow(window)));
  for (const root of [select.where, select.having, select.qualify])
    if (root !== null) level.push(root);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > EXPRESSION_DEPTH_MAX) throw cursor.tooDeep(level[0]!.offset);
    level = level.flatMap(childrenOf);
  }
}

function expressionsOf(element: GroupElement): readonly AstExpression[] {
  if (element.kind === 'set') return element.expressions;
  return element.kind === 'sets' ? element.elements.flatMap(expressionsOf) : element.lists.flat();
}
