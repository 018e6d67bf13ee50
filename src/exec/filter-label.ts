import { expressionText } from '../sql/expression-text.ts';
import type { Filter } from './filter.ts';

/** Characters of a label: enough to tell predicates apart. */
const LABEL_CHARACTERS = 100;

/** How a filter is tested, in words that do not depend on a segment's codes. */
export function filterLabel(filter: Filter): string {
  const text = labelOf(filter);
  return text.length <= LABEL_CHARACTERS ? text : `${text.slice(0, LABEL_CHARACTERS)}…`;
}

function labelOf(filter: Filter): string {
  switch (filter.kind) {
    case 'codeRange':
      return `code range on ${filter.column.metadata.name}`;
    case 'codeSet':
      return `code set on ${filter.column.metadata.name}`;
    case 'comparison':
      return `comparison on ${filter.column.metadata.name}`;
    case 'isNull':
    case 'isNotNull':
      return `NULL test on ${filter.column.metadata.name}`;
    case 'and':
    case 'or':
      return `(${filter.filters.map(labelOf).join(` ${filter.kind} `)})`;
    case 'anyElement': {
      const { column, filter: inner, negated } = filter;
      return `${negated ? 'no' : 'any'} element of ${column.metadata.name}: ${labelOf(inner)}`;
    }
    case 'indexRows':
      return 'rows of an index';
    case 'rowRange':
      return 'consecutive rows';
    case 'expression':
      return `expression ${expressionText(filter.expression)}`;
    default:
      return filter.kind;
  }
}
