import { EngineError } from '../base/errors.ts';
import { EXPRESSION_DEPTH_MAX } from '../base/limits.ts';
import { isContextual } from './keywords.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';
import { type PositionLookup, positionLookup } from './text-position.ts';

/** The parser's place in a statement: the tokens, how far it has read, and how deep it stands. */
export class TokenCursor {
  readonly tokens: readonly Token[];
  readonly positionOf: PositionLookup;
  #index = 0;
  #depth = 0;

  /** @throws EngineError SQL_SYNTAX when the text has no tokens of our grammar. */
  constructor(text: string) {
    this.tokens = tokenize(text);
    this.positionOf = positionLookup(text);
  }

  /** The token that is read next; `end` at the end of the text. */
  get token(): Token {
    return this.tokens[this.#index]!;
  }

  /** The kind of the token `distance` places after the next one. */
  peek(distance = 1): TokenKind {
    const { tokens } = this;
    return tokens[Math.min(this.#index + distance, tokens.length - 1)]!.kind;
  }

  /** True when the next token is of this kind. */
  at(kind: TokenKind): boolean {
    return this.token.kind === kind;
  }

  /** Reads one token, whatever it is. */
  advance(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#index++;
    return token;
  }

  /** Reads the next token if it is of this kind, and says whether it was. */
  accept(kind: TokenKind): boolean {
    if (this.token.kind !== kind) return false;
    this.advance();
    return true;
  }

  /** Reads a token that must be of this kind; `purpose` says what it would be for. */
  expect(kind: TokenKind, purpose: string): Token {
    if (this.token.kind !== kind) throw this.unexpected(`${kind} ${purpose}`);
    return this.advance();
  }

  /** True when the next token can be a name: a bare word that is not reserved, or a quoted one. */
  atName(): boolean {
    const { kind } = this.token;
    return kind === 'name' || kind === 'quoted' || isContextual(kind);
  }

  /** Reads a name; `what` says which. */
  expectName(what: string): Token {
    if (!this.atName()) throw this.unexpected(what);
    return this.advance();
  }

  /**
   * Counts one more level of nesting, so that text cannot exhaust the stack; `leave` ends it. A
   * parser that throws in between is abandoned, so that needs no `leave`.
   */
  enter(): void {
    if (++this.#depth > EXPRESSION_DEPTH_MAX) throw this.tooDeep(this.token.offset);
  }

  /** Ends a level that `enter` began. */
  leave(): void {
    this.#depth--;
  }

  /** The error for an expression beyond `EXPRESSION_DEPTH_MAX`. */
  tooDeep(offset: number): EngineError {
    return this.error(
      'SQL_SYNTAX',
      `the expression is nested deeper than ${EXPRESSION_DEPTH_MAX} levels; split it up`,
      offset,
    );
  }

  /** The error for a next token that is not what the grammar wants here. */
  unexpected(expected: string): EngineError {
    const { kind, text } = this.token;
    const found = kind === 'end' ? 'the end of the statement' : describe(kind, text);
    return this.error('SQL_SYNTAX', `expected ${expected}, found ${found}`);
  }

  /** The error for SQL that exists elsewhere and is not offered here. */
  notSupported(feature: string, offset = this.token.offset): EngineError {
    return this.error('NOT_SUPPORTED', `${feature} is not supported`, offset);
  }

  /** An error at an offset, by default at the next token. */
  error(
    code: 'SQL_SYNTAX' | 'NOT_SUPPORTED',
    message: string,
    offset = this.token.offset,
  ): EngineError {
    return new EngineError(code, `parser: ${message}`, { position: this.positionOf(offset) });
  }
}

function describe(kind: TokenKind, text: string): string {
  if (kind === 'string') return `'${shorten(text)}'`;
  if (kind === 'quoted') return `"${shorten(text)}"`;
  return shorten(text);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
