import type { AstExpression, GroupElement } from './ast.ts';

/**
 * The sets of expressions that a GROUP BY clause groups by, one after another: the product of its
 * elements, as SQL has it. One set for a plain list.
 *
 * @returns null when there are more than `setsMax`.
 */
export function groupingSets(
  elements: readonly GroupElement[],
  setsMax: number,
): readonly (readonly AstExpression[])[] | null {
  let sets: (readonly AstExpression[])[] = [[]];
  for (const element of elements) {
    const own = setsOf(element, setsMax);
    if (own === null || sets.length * own.length > setsMax) return null;
    sets = sets.flatMap((left) => own.map((right) => [...left, ...right]));
  }
  return sets;
}

function setsOf(
  element: GroupElement,
  setsMax: number,
): readonly (readonly AstExpression[])[] | null {
  switch (element.kind) {
    case 'set':
      return [element.expressions];
    case 'rollup': {
      const { lists } = element;
      return Array.from({ length: lists.length + 1 }, (_, left) =>
        lists.slice(0, lists.length - left).flat(),
      );
    }
    case 'cube': {
      const { lists } = element;
      if (2 ** lists.length > setsMax) return null;
      const isIn = (set: number, index: number): boolean =>
        ((set >> (lists.length - 1 - index)) & 1) === 0;
      return Array.from({ length: 2 ** lists.length }, (_, set) =>
        lists.filter((_list, index) => isIn(set, index)).flat(),
      );
    }
    case 'sets': {
      const all: (readonly AstExpression[])[] = [];
      for (const inner of element.elements) {
        const own = setsOf(inner, setsMax);
        if (own === null) return null;
        all.push(...own);
      }
      return all;
    }
  }
}
