import { describe, expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import {
  DigestMd5Client,
  DigestMd5Server,
  digestMd5Response,
} from '../../../src/coord/auth/digest-md5.ts';
import { parseDirectives, quoted } from '../../../src/coord/auth/directives.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { text, utf8 } from '../harness.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

const USERS = new Map([
  ['alice', 'secret'],
  ['jürgen', 'pässwort'],
  ['日本', 'パスワード'],
  ['a"b\\c', 'x'],
]);
const HOST = { digests: nodeDigests, random: nodeRandom };
const START = new Uint8Array();
const SEVENS = {
  digests: nodeDigests,
  random: { bytes: (n: number) => new Uint8Array(n).fill(7) },
};
const SEVENS_NONCE = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';

/** A server that has sent its challenge, and an honest client's answer to it. */
function challenged(user: string, password: string) {
  const server = new DigestMd5Server(HOST, USERS);
  const challenge = server.answer(START)!.token;
  const client = new DigestMd5Client(HOST, user, password);
  return { server, client, response: text(client.respond(challenge)) };
}

describe('SASL DIGEST-MD5', () => {
  it.each([...USERS])(
    'lets %s in, and proves to the client that it knows the password',
    (...user) => {
      const { server, client, response } = challenged(...user);
      const last = server.answer(utf8(response))!;
      expect(last.user).toBe(user[0]);
      client.check(last.token);
    },
  );

  it('computes what RFC 2831 gives as its example', () => {
    const proof = {
      user: 'chris',
      actingAs: null,
      realm: 'elwood.innosoft.com',
      password: 'secret',
      nonce: 'OA6MG9tEQGm2hh',
      clientNonce: 'OA6MHXh6VqTrRk',
      digestUri: 'imap/elwood.innosoft.com',
      isUtf8: true,
    };
    expect(digestMd5Response(nodeDigests, proof, 'AUTHENTICATE')).toBe(
      'd388dad90d4bbd760a152321f2143af7',
    );
    expect(digestMd5Response(nodeDigests, proof, '')).toBe('ea40f60335c427b5527b84dbabcdfffd');
  });

  // What the SASL client of Java 17 answers to a challenge with this nonce.
  it.each([
    ['alice', 'byhqzKF2aYHlQwZwyV+iJ6hQ+fvV21uI7a0lrSOp', '6d3ac32f4d3df505fcbe04667fa04ef2'],
    ['jürgen', 'MJfStz9XV4P8q8BczKtJArOXq3zZYI95pEccmlDn', 'bd0556d1f3f18575f03ba58fc31924ed'],
    ['日本', 'pBVDeRC6BiPPB+JQIjb+neFwBBPWDud1G/+Tc4uo', 'ef623a8d38c6da13471b2faef19d2825'],
    ['a"b\\c', 'onlTTcAXcj7Z9ET4mtdzOwAGAF9WJOYMpAofmDsG', '7c25b68e2f8d130aed28d9f50a38a39a'],
  ])('understands Java as %s', (user, clientNonce, response) => {
    const server = new DigestMd5Server(SEVENS, USERS);
    expect(text(server.answer(START)!.token)).toBe(
      `realm="zk-sasl-md5",nonce="${SEVENS_NONCE}",charset=utf-8,algorithm=md5-sess`,
    );
    const token =
      `charset=utf-8,username=${quoted(user)},realm="zk-sasl-md5",nonce="${SEVENS_NONCE}",` +
      `nc=00000001,cnonce="${clientNonce}",digest-uri="zookeeper/zk-sasl-md5",maxbuf=65536,` +
      `response=${response},qop=auth,authzid=${quoted(user)}`;
    expect(server.answer(utf8(token))?.user).toBe(user);
  });

  it('refuses a wrong password, an unknown user, and whatever differs from what was agreed', () => {
    const changes: [RegExp | string, string][] = [
      [/username="alice"/, 'username="mallory"'],
      [/username="alice",/, ''],
      [/nonce="[^"]*"/, 'nonce="AAAA"'],
      [/nc=00000001/, 'nc=00000002'],
      [/cnonce="[^"]*"/, 'cnonce=""'],
      [/realm="[^"]*"/, 'realm="other"'],
      [/digest-uri="[^"]*"/, 'digest-uri="imap/zk-sasl-md5"'],
      [/qop=auth/, 'qop=auth-conf'],
      [/charset=utf-8/, 'charset=latin'],
      [/response=./, 'response=z'],
      [/response=\w+/, 'response=""'],
      [/$/, ',authzid="root"'],
      [/$/, ',username="alice"'],
      [/$/, ',"'],
      [/^.*$/, ''],
    ];
    expect(challenged('alice', 'wrong').server.answer(utf8('x'))).toBeNull();
    const wrong = challenged('alice', 'wrong');
    expect(wrong.server.answer(utf8(wrong.response))).toBeNull();
    const unknown = challenged('mallory', 'secret');
    expect(unknown.server.answer(utf8(unknown.response))).toBeNull();
    for (const [pattern, replacement] of changes) {
      const { server, response } = challenged('alice', 'secret');
      const changed = response.replace(pattern, replacement);
      expect(server.answer(utf8(changed)), changed).toBeNull();
    }
  });

  it('takes an answer once, at its own challenge, and nothing before one', () => {
    const { server, response } = challenged('alice', 'secret');
    expect(server.answer(utf8(response))?.user).toBe('alice');
    expect(server.answer(utf8(response))).toBeNull();
    expect(server.answer(START)).toBeNull();
    expect(challenged('alice', 'secret').server.answer(utf8(response))).toBeNull();
    expect(new DigestMd5Server(HOST, USERS).answer(utf8(response))).toBeNull();
    const failed = challenged('alice', 'secret');
    expect(failed.server.answer(utf8('noise'))).toBeNull();
    expect(failed.server.answer(utf8(failed.response))).toBeNull();
  });

  it('sends a new nonce every time', () => {
    const nonces = Array.from({ length: 100 }, () =>
      text(new DigestMd5Server(HOST, USERS).answer(START)!.token),
    );
    expect(new Set(nonces).size).toBe(100);
  });

  it('does not let a server in that does not know the password', () => {
    const { client } = challenged('alice', 'secret');
    const failed = expect.objectContaining({ code: 'AUTH_FAILED' });
    expect(() => client.check(utf8(`rspauth=${'0'.repeat(32)}`))).toThrow(failed);
    expect(() => client.check(START)).toThrow(failed);
    expect(() => new DigestMd5Client(HOST, 'a', 'b').check(utf8('rspauth='))).toThrow(failed);
    expect(() => client.respond(utf8('no challenge'))).toThrow(failed);
  });

  it('survives noise in tokens (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    for (let round = 0; round < 2_000; round++) {
      const { server, response } = challenged('alice', 'secret');
      const bytes = utf8(response);
      const at = prng.integer(0, bytes.length);
      const before = bytes[at]!;
      bytes[at] = prng.integer(0, 256);
      const isSame = bytes[at] === before;
      const answer = server.answer(bytes.subarray(0, prng.integer(at + 1, bytes.length + 1)));
      if (answer !== null && !isSame) {
        // Case and white space between directives mean nothing, and neither does an unknown name.
        expect(answer.user).toBe('alice');
      }
    }
  });
});

describe('directives', () => {
  it('are read with and without quotes and white space, escapes undone', () => {
    expect([...parseDirectives(utf8('a=1, B = "x,\\"y\\\\" ,c=\t2 '))!]).toEqual([
      ['a', '1'],
      ['b', 'x,"y\\'],
      ['c', '2'],
    ]);
    expect(parseDirectives(START)?.size).toBe(0);
  });

  it.each([
    'a',
    'a=',
    'a="',
    'a=1,a=2',
    '=1',
    'a=1 b=2',
    'a="1"2',
    ',',
    `a="${'x'.repeat(5_000)}"`,
  ])('are none: %s', (token) => {
    expect(parseDirectives(utf8(token))).toBeNull();
  });

  it('are none when they are not UTF-8', () => {
    expect(parseDirectives(Uint8Array.of(97, 61, 0xff))).toBeNull();
  });
});
