import { expect, it } from 'vitest';
import { adler32 } from '../../src/base/adler32.ts';

it('is the checksum of RFC 1950', () => {
  expect(adler32(new Uint8Array())).toBe(1);
  // The example of Wikipedia's article.
  expect(adler32(new TextEncoder().encode('Wikipedia'))).toBe(0x11e6_0398);
});

it('does not overflow on long input', () => {
  // One million bytes of 0xff by the definition, in numbers without limit.
  let low = 1n;
  let high = 0n;
  for (let index = 0; index < 1_000_000; index++) {
    low = (low + 255n) % 65_521n;
    high = (high + low) % 65_521n;
  }
  expect(BigInt(adler32(new Uint8Array(1_000_000).fill(0xff)))).toBe((high << 16n) | low);
});
