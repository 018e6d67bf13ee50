import { describe, expect, it } from 'vitest';
import { boundedText } from '../../src/io/request-body.ts';

/** A request whose body comes in pieces, with or without its length in front. */
function request(pieces: readonly string[], length?: string): Request {
  const body = new ReadableStream({
    start(stream) {
      for (const piece of pieces) stream.enqueue(new TextEncoder().encode(piece));
      stream.close();
    },
  });
  const headers = length === undefined ? {} : { 'content-length': length };
  return new Request('http://local/', { method: 'POST', body, headers, duplex: 'half' } as never);
}

describe('the body of a request', () => {
  it('is read up to the limit and not a byte further', async () => {
    expect(await boundedText(request(['né', 'e']), 4)).toBe('née');
    expect(await boundedText(request(['née'], '4'), 4)).toBe('née');
    expect(await boundedText(new Request('http://local/'), 4)).toBe('');
    for (const tooLong of [request(['ab', 'cde']), request(['abcde'], '5'), request([], 'x')]) {
      await expect(boundedText(tooLong, 4)).resolves.toBeNull();
    }
  });
});
