import { tokenize } from './lexer.ts';

/**
 * A statement without the values in it, for logs: numbers, strings and bytes are `?`, comments are gone.
 * A text that has no tokens of SQL might be anything, so nothing of it is left.
 */
export function redactLiterals(sql: string): string {
  try {
    let text = '';
    let end = 0;
    for (const token of tokenize(sql)) {
      // Between two tokens stand blanks and comments.
      if (token.offset > end && text !== '' && token.kind !== 'end') text += ' ';
      text += LITERALS.has(token.kind) ? '?' : sql.slice(token.offset, token.end);
      end = token.end;
    }
    return text;
  } catch {
    return `(${sql.length} characters that are no SQL)`;
  }
}

const LITERALS: ReadonlySet<string> = new Set(['number', 'string', 'bytes']);
