import type { AstOption } from './ast.ts';
import type { TokenCursor } from './token-cursor.ts';

/** `SET name = value;` any number of times, and stray semicolons between them. */
export function parseSettings(cursor: TokenCursor): AstOption[] {
  const settings: AstOption[] = [];
  for (;;) {
    while (cursor.accept(';'));
    if (!cursor.accept('SET')) return settings;
    settings.push(parseOption(cursor, 'SET'));
    if (!cursor.at('end')) cursor.expect(';', 'after SET name = value');
  }
}

/** Pinot's `OPTION(name = value, …)` behind a query, any number of times. */
export function parseOptionSuffix(cursor: TokenCursor): AstOption[] {
  const options: AstOption[] = [];
  while (cursor.accept('OPTION')) {
    cursor.expect('(', 'after OPTION');
    do options.push(parseOption(cursor, 'OPTION'));
    while (cursor.accept(','));
    cursor.expect(')', 'to close OPTION');
  }
  return options;
}

function parseOption(cursor: TokenCursor, clause: string): AstOption {
  const { offset } = cursor.token;
  let name = cursor.expectName(`an option name in ${clause}`).text;
  while (cursor.accept('.')) name += `.${cursor.expectName('an option name after the dot').text}`;
  cursor.expect('=', `after the option name in ${clause}`);
  const valueOffset = cursor.token.offset;
  return { name, value: parseValue(cursor), offset, valueOffset };
}

function parseValue(cursor: TokenCursor): string {
  const sign = cursor.accept('-') ? '-' : '';
  const { kind } = cursor.token;
  const isNumber = kind === 'number';
  const isWord = kind === 'string' || kind === 'TRUE' || kind === 'FALSE' || cursor.atName();
  if (!isNumber && (sign !== '' || !isWord)) {
    throw cursor.unexpected('a number, a word or a string as the value of the option');
  }
  return sign + cursor.advance().text;
}
