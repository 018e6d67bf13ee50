import type { EngineError } from './errors.ts';

/** What a text is searched for. */
export type TextQuery =
  | { readonly kind: 'term' | 'prefix'; readonly token: string }
  | { readonly kind: 'phrase'; readonly tokens: readonly string[] }
  | { readonly kind: 'and' | 'or'; readonly queries: readonly TextQuery[] }
  | { readonly kind: 'not'; readonly query: TextQuery };

/** Makes the error for a query that cannot be. */
type Refuse = (code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string) => EngineError;

/** Nesting of a text query: its parser goes down recursively, and nobody writes as much. */
const DEPTH_MAX = 100;

/** The tokens of a text in order: runs of letters, marks, digits and `_`, in lower case. */
export function tokensOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
}

/** True when the tokens of a text satisfy a query. */
export function matchesText(query: TextQuery, tokens: readonly string[]): boolean {
  switch (query.kind) {
    case 'term':
      return tokens.includes(query.token);
    case 'prefix':
      return tokens.some((token) => token.startsWith(query.token));
    case 'phrase':
      return tokens.some((_, start) =>
        query.tokens.every((token, at) => tokens[start + at] === token),
      );
    case 'and':
      return query.queries.every((inner) => matchesText(inner, tokens));
    case 'or':
      return query.queries.some((inner) => matchesText(inner, tokens));
    case 'not':
      return !matchesText(query.query, tokens);
  }
}

/**
 * Reads a query of TEXT_MATCH, in the part of Lucene's language that Nyala has: terms, `prefix*`,
 * `"phrases"`, AND, OR, NOT and parentheses. AND binds more tightly than OR; without a word between
 * them terms are alternatives, as in Lucene, and `a NOT b` is `a AND NOT b`.
 *
 * @throws what `refuse` makes: INVALID_QUERY with the place, NOT_SUPPORTED for the rest of Lucene's.
 */
export function parseTextQuery(text: string, refuse: Refuse): TextQuery {
  return new QueryParser(text, refuse).parse();
}

const PIECES = /\s*(?:(?<quoted>"[^"]*"?)|(?<mark>[()]|&&|\|\||!)|(?<word>[^\s()"]+))/gu;
const FOREIGN = /^[+-]|^\/|[?~^:[\]{}]|\*(?!$)|^\*/;

/** Recursive descent over the pieces of a query. */
class QueryParser {
  readonly #text: string;
  readonly #refuse: Refuse;
  readonly #pieces: readonly string[];
  #next = 0;
  #depth = 0;

  constructor(text: string, refuse: Refuse) {
    this.#text = text;
    this.#refuse = refuse;
    this.#pieces = Array.from(text.matchAll(PIECES), ([piece]) => piece.trim());
  }

  parse(): TextQuery {
    const query = this.#alternatives();
    if (this.#next < this.#pieces.length) throw this.#wrong('the end');
    return query;
  }

  #alternatives(): TextQuery {
    const queries = [this.#conjunction()];
    while (this.#next < this.#pieces.length && !this.#at(')')) {
      this.#accept('OR', '||');
      queries.push(this.#conjunction());
    }
    return queries.length === 1 ? queries[0]! : { kind: 'or', queries };
  }

  #conjunction(): TextQuery {
    const queries = [this.#factor()];
    while (this.#accept('AND', '&&') || this.#at('NOT', '!')) queries.push(this.#factor());
    return queries.length === 1 ? queries[0]! : { kind: 'and', queries };
  }

  #factor(): TextQuery {
    if (++this.#depth > DEPTH_MAX) {
      throw this.#refuse('INVALID_QUERY', `text query: nested more than ${DEPTH_MAX} times`);
    }
    const query = this.#bareFactor();
    this.#depth--;
    return query;
  }

  #bareFactor(): TextQuery {
    if (this.#accept('NOT', '!')) return { kind: 'not', query: this.#factor() };
    if (this.#accept('(')) {
      const query = this.#alternatives();
      if (!this.#accept(')')) throw this.#wrong(')');
      return query;
    }
    const piece = this.#pieces[this.#next];
    if (piece === undefined || this.#at(')', 'AND', 'OR', '&&', '||')) throw this.#wrong('a term');
    this.#next++;
    if (piece.startsWith('"')) return this.#phrase(piece);
    if (FOREIGN.test(piece)) {
      throw this.#refuse(
        'NOT_SUPPORTED',
        `text query: '${piece}' in '${this.#text}': only terms, prefix*, "phrases", AND, OR, NOT ` +
          'and parentheses are supported',
      );
    }
    const isPrefix = piece.endsWith('*');
    const tokens = tokensOf(piece);
    if (tokens.length === 0) throw this.#noTerm(piece);
    if (tokens.length > 1) {
      if (isPrefix) throw this.#refuse('NOT_SUPPORTED', `text query: '${piece}' is no single term`);
      return { kind: 'phrase', tokens };
    }
    return { kind: isPrefix ? 'prefix' : 'term', token: tokens[0]! };
  }

  #phrase(piece: string): TextQuery {
    if (piece.length < 2 || !piece.endsWith('"')) throw this.#wrong('a closing quote');
    const tokens = tokensOf(piece);
    if (tokens.length === 0) throw this.#noTerm(piece);
    return tokens.length === 1 ? { kind: 'term', token: tokens[0]! } : { kind: 'phrase', tokens };
  }

  #noTerm(piece: string): EngineError {
    return this.#refuse('INVALID_QUERY', `text query: '${piece}' has no letter and no digit`);
  }

  #at(...pieces: readonly string[]): boolean {
    return pieces.includes(this.#pieces[this.#next] ?? '');
  }

  #accept(...pieces: readonly string[]): boolean {
    if (!this.#at(...pieces)) return false;
    this.#next++;
    return true;
  }

  #wrong(expected: string): EngineError {
    const found = this.#pieces[this.#next] ?? 'the end';
    return this.#refuse(
      'INVALID_QUERY',
      `text query: expected ${expected} in '${this.#text}', found ${found}`,
    );
  }
}
