/**
 * JSON text with every number as a string of the same digits, for readers that need all digits of a
 * 64-bit integer: `JSON.parse` keeps 53 bits of it. Text that is not JSON stays something that
 * `JSON.parse` refuses.
 */
export function withNumbersQuoted(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
