/** Characters of a link at most; servers and proxies refuse much longer ones. */
const LINK_CHARACTERS_MAX = 4000;

/** The statement that a link holds: `?sql=…`. Null when it holds none. */
export function statementOf(search: string): string | null {
  return new URLSearchParams(search).get('sql');
}

/**
 * A link that shows a statement and runs it. A statement too long for a link is left out.
 *
 * @param path the page's own path.
 */
export function linkTo(path: string, sql: string): string {
  const link = `${path}?${new URLSearchParams({ sql })}`;
  return sql.trim() === '' || link.length > LINK_CHARACTERS_MAX ? path : link;
}
