/**
 * The words that the grammar knows. A reserved word is never a bare name; a quoted one always is.
 */
const RESERVED = [
  'ALL',
  'AND',
  'AS',
  'ASC',
  'BETWEEN',
  'BY',
  'CASE',
  'CAST',
  'CROSS',
  'DESC',
  'DISTINCT',
  'ELSE',
  'END',
  'EXCEPT',
  'EXISTS',
  'FALSE',
  'FETCH',
  'FROM',
  'FULL',
  'GROUP',
  'HAVING',
  'IN',
  'INNER',
  'INTERSECT',
  'IS',
  'JOIN',
  'LIKE',
  'LIMIT',
  'MINUS',
  'NATURAL',
  'NOT',
  'NULL',
  'OFFSET',
  'ON',
  'OR',
  'ORDER',
  'QUALIFY',
  'SELECT',
  'THEN',
  'TRUE',
  'UNION',
  'USING',
  'WHEN',
  'WHERE',
  'WITH',
] as const;

/** Words with a meaning in one place of the grammar and names everywhere else. */
const CONTEXTUAL = [
  'ALTER',
  'ANALYZE',
  'ARRAY',
  'ASOF',
  'AT',
  'COLLATE',
  'CREATE',
  'CUBE',
  'CURRENT',
  'DATE',
  'DELETE',
  'DESCRIBE',
  'DIV',
  'DROP',
  'ESCAPE',
  'EXCLUDE',
  'EXPLAIN',
  'EXTRACT',
  'FILTER',
  'FIRST',
  'FOLLOWING',
  'FOR',
  'FORMAT',
  'FUNCTIONS',
  'GROUPS',
  'GROUPING',
  'IGNORE',
  'ILIKE',
  'IMPLEMENTATION',
  'INSERT',
  'INTERVAL',
  'LAST',
  'LATERAL',
  'LEFT',
  'MERGE',
  'NULLS',
  'OPTION',
  'OVER',
  'PARTITION',
  'PLAN',
  'PRECEDING',
  'RANGE',
  'REGEXP',
  'RESPECT',
  'RIGHT',
  'RLIKE',
  'ROLLUP',
  'ROW',
  'ROWS',
  'SET',
  'SETS',
  'SHOW',
  'SIMILAR',
  'TABLESAMPLE',
  'TIME',
  'TIMESTAMP',
  'TRUNCATE',
  'TRY_CAST',
  'UNBOUNDED',
  'UPDATE',
  'USE',
  'VALUES',
  'WINDOW',
  'WITHIN',
  'ZONE',
] as const;

/** A word with a meaning in the grammar, in upper case. */
export type Keyword = (typeof RESERVED)[number] | (typeof CONTEXTUAL)[number];

const keywords = new Map<string, Keyword>();
for (const keyword of [...RESERVED, ...CONTEXTUAL]) {
  keywords.set(keyword, keyword);
  keywords.set(keyword.toLowerCase(), keyword);
}
const contextual: ReadonlySet<string> = new Set(CONTEXTUAL);
const lengthMax = Math.max(...Array.from(keywords.keys(), (keyword) => keyword.length));

/** The keyword that a word spells, in any case; undefined for other words. */
export function findKeyword(word: string): Keyword | undefined {
  if (word.length > lengthMax) return undefined;
  return keywords.get(word) ?? keywords.get(word.toUpperCase());
}

/** True for a keyword that may also be the name of a column, table, function or alias. */
export function isContextual(kind: string): boolean {
  return contextual.has(kind);
}

/** True for a word that needs quotes to be a name. */
export function isReserved(word: string): boolean {
  const keyword = findKeyword(word);
  return keyword !== undefined && !contextual.has(keyword);
}
