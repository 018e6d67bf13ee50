import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { subjectOfCertificate } from '../../src/io/x500-name.ts';
import { pem } from './tls-harness.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

const subjectOf = (name: string): string =>
  subjectOfCertificate(new X509Certificate(pem(name)).raw);

describe('the subject of a certificate', () => {
  it.each([
    ['client', 'CN=alice,O=Nyala\\, Inc.,C=DE'],
    [
      'subject-quotes',
      'CN=x \\"quoted\\" \\<y\\>\\;\\\\z,OU=a\\=c,O=Nyala\\, Inc.,L=München,ST=Bavaria,C=DE',
    ],
    ['subject-spaces', 'O=\\#hash,CN=\\ lead and trail\\ '],
    ['subject-mail', '1.2.840.113549.1.9.1=#16056140622e63,CN=alice,UID=u1,DC=example,DC=org'],
    [
      'subject-numbers',
      'STREET=Main 1,2.5.4.4=#0c034c6565,2.5.4.42=#0c03416e6e,2.5.4.12=#0c024472,2.5.4.5=#13023432,CN=a',
    ],
    ['subject-several', 'L=zed+O=multi,CN=first+OU=second'],
    ['subject-wide', 'OU=a  b,O=emoji😀,CN=日本'],
  ])('is written as Java writes it: %s', (name, expected) => {
    expect(subjectOf(name)).toBe(expected);
  });

  it('of bytes that are no certificate is an error, never a crash (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    const good = new X509Certificate(pem('subject-several')).raw;
    for (let round = 0; round < 2_000; round++) {
      const bytes = Uint8Array.from(good.subarray(0, prng.integer(0, good.length + 1)));
      for (let flips = prng.integer(0, 4); flips > 0 && bytes.length > 0; flips--) {
        bytes[prng.integer(0, bytes.length)] = prng.integer(0, 256);
      }
      try {
        subjectOfCertificate(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CORRUPT_DATA' });
      }
    }
  });
});
