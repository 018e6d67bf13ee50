import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  Authentication,
  type AuthenticationSettings,
} from '../../../src/coord/auth/authentication.ts';
import { DigestMd5Client } from '../../../src/coord/auth/digest-md5.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { utf8 } from '../harness.ts';

const HOST = { digests: nodeDigests, random: nodeRandom };
const SUPER_TEST = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU='; // super:test, from ZooKeeper's manual.

function connect(settings: AuthenticationSettings = {}, certificateSubject: string | null = null) {
  return new Authentication(HOST, settings).connect({ host: '10.1.2.3', certificateSubject });
}

/** Goes through a whole negotiation; null when it was refused. */
function negotiate(authenticator: ReturnType<typeof connect>, user: string, password: string) {
  const client = new DigestMd5Client(HOST, user, password);
  const first = authenticator.negotiate(null);
  expect(first).toMatchObject({ identities: [], isRefused: false });
  const last = authenticator.negotiate(client.respond(first.token!));
  return last.isRefused ? null : last.identities;
}

describe('who a client is', () => {
  it('by its connection: its address, and the subject of its certificate', () => {
    expect(connect().initial).toEqual([{ scheme: 'ip', id: '10.1.2.3' }]);
    expect(connect({}, 'CN=alice').initial).toEqual([
      { scheme: 'ip', id: '10.1.2.3' },
      { scheme: 'x509', id: 'CN=alice' },
    ]);
    expect(connect({ x509SuperUser: 'CN=root' }, 'CN=root').initial).toEqual([
      { scheme: 'ip', id: '10.1.2.3' },
      { scheme: 'super', id: 'CN=root' },
      { scheme: 'x509', id: 'CN=root' },
    ]);
    const linkLocal = new Authentication(HOST).connect({
      host: 'fe80::1%eth0',
      certificateSubject: null,
    });
    expect(linkLocal.initial).toEqual([{ scheme: 'ip', id: 'fe80::1' }]);
  });

  it('by digest: the name and a hash of name and password', () => {
    const digest = (text: string) => connect().authenticate('digest', utf8(text));
    expect(digest('super:test')).toEqual([{ scheme: 'digest', id: SUPER_TEST }]);
    const hash = createHash('sha1').update('bob:a:b:ü').digest('base64');
    expect(digest('bob:a:b:ü')).toEqual([{ scheme: 'digest', id: `bob:${hash}` }]);
    const empty = createHash('sha1').update('').digest('base64');
    expect(digest('')).toEqual([{ scheme: 'digest', id: `:${empty}` }]);
    expect(connect().authenticate('digest', null)).toBeNull();
    expect(connect().authenticate('digest', Uint8Array.of(0xff))).toBeNull();
  });

  it('by digest with the super password: both', () => {
    const digest = { superDigest: SUPER_TEST };
    expect(connect({ digest }).authenticate('digest', utf8('super:test'))).toEqual([
      { scheme: 'super', id: '' },
      { scheme: 'digest', id: SUPER_TEST },
    ]);
    expect(connect({ digest }).authenticate('digest', utf8('super:guess'))).toHaveLength(1);
  });

  it('by digest with another algorithm', () => {
    for (const [name, algorithm] of [
      ['SHA-256', 'sha256'],
      ['SHA-384', 'sha384'],
      ['SHA-512', 'sha512'],
      ['MD5', 'md5'],
    ] as const) {
      const hash = createHash(algorithm).update('a:b').digest('base64');
      const settings = { digest: { digestAlgorithm: name } };
      expect(connect(settings).authenticate('digest', utf8('a:b'))).toEqual([
        { scheme: 'digest', id: `a:${hash}` },
      ]);
    }
    expect(() => connect({ digest: { digestAlgorithm: 'SHA-25' } })).toThrow(
      /did you mean SHA-256/,
    );
  });

  it('by SASL: the name, and super for those who are', () => {
    const saslUsers = new Map([
      ['alice', 'secret'],
      ['root', 'more'],
    ]);
    const settings = { saslUsers, saslSuperUsers: ['root'] };
    expect(negotiate(connect(settings), 'alice', 'secret')).toEqual([
      { scheme: 'sasl', id: 'alice' },
    ]);
    expect(negotiate(connect(settings), 'root', 'more')).toEqual([
      { scheme: 'super', id: '' },
      { scheme: 'sasl', id: 'root' },
    ]);
    expect(negotiate(connect(settings), 'alice', 'guess')).toBeNull();
    const tolerant = connect({ ...settings, isSaslFailureTolerated: true });
    expect(negotiate(tolerant, 'alice', 'guess')).toEqual([]);
    const strict = { ...settings, isSaslFailureTolerated: true, requiredSchemes: ['sasl'] };
    expect(negotiate(connect(strict), 'alice', 'guess')).toBeNull();
    expect(connect().negotiate(null)).toEqual({ token: null, identities: [], isRefused: false });
  });

  it('is unknown by schemes that do not exist or are off', () => {
    for (const scheme of [
      'world',
      'sasl',
      'super',
      'auth',
      'x509',
      '',
      '__proto__',
      'constructor',
    ]) {
      expect(connect().authenticate(scheme, utf8('a:b')), scheme).toBeNull();
    }
    expect(connect({ digest: null }).authenticate('digest', utf8('a:b'))).toBeNull();
    expect(connect().authenticate('ip', null)).toEqual([{ scheme: 'ip', id: '10.1.2.3' }]);
    expect(connect({}, 'CN=a').authenticate('x509', null)).toEqual([
      { scheme: 'x509', id: 'CN=a' },
    ]);
  });
});

describe('a scheme that is required', () => {
  it('is missed until the client is somebody by it', () => {
    expect(connect().isSufficient).toBe(true);
    const client = connect({ requiredSchemes: ['digest'] });
    expect(client.isSufficient).toBe(false);
    client.authenticate('world', utf8('a:b'));
    expect(client.isSufficient).toBe(false);
    client.authenticate('digest', utf8('a:b'));
    expect(client.isSufficient).toBe(true);
    expect(connect({ requiredSchemes: ['x509'] }).isSufficient).toBe(false);
    expect(connect({ requiredSchemes: ['digest', 'x509'] }, 'CN=a').isSufficient).toBe(true);
    const saslUsers = new Map([['alice', 'secret']]);
    const sasl = connect({ saslUsers, requiredSchemes: ['sasl'] });
    negotiate(sasl, 'alice', 'secret');
    expect(sasl.isSufficient).toBe(true);
  });

  it('must exist', () => {
    expect(() => connect({ requiredSchemes: ['sasl'] })).toThrow(/found 'sasl'/);
    expect(() => connect({ requiredSchemes: ['digst'] })).toThrow(/did you mean digest/);
    expect(() => connect({ digest: null, requiredSchemes: ['digest'] })).toThrow(/found 'digest'/);
  });
});
