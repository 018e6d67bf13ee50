import { describe, expect, it } from 'vitest';
import { fixedAcl, isAllowed, maskedAcl, mayRead, OPEN_ACL } from '../../../src/coord/core/acl.ts';
import { isValidId, matchesId, userOf } from '../../../src/coord/core/acl-schemes.ts';
import { AclTable } from '../../../src/coord/core/acl-table.ts';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { Acl, Identity } from '../../../src/coord/core/model.ts';
import { create, list, TreeBench } from './tree-bench.ts';

const IP: Identity = { scheme: 'ip', id: '10.0.0.1' };
const JOE: Identity = { scheme: 'digest', id: 'joe:abc=' };
const CERTIFICATE: Identity = { scheme: 'x509', id: 'CN=joe' };
const SUPER: Identity = { scheme: 'super', id: '' };

const manyIdentities = (count: number): Identity[] =>
  Array.from({ length: count }, (_, index) => ({ scheme: 'x509', id: `CN=${index}` }));

describe('ids in access lists', () => {
  const cases: [scheme: string, valid: string[], invalid: string[]][] = [
    ['digest', ['u:x', ':x', 'a:b:', 'a:b::'], ['', 'u', 'u:', 'a:b:c', ':', '::']],
    [
      'ip',
      ['1.2.3.4', '0.0.0.0/0', '1.2.3.4/32', '+1.2.3.4', '::', '::1', '1::', 'fe80::1/64'],
      ['', '1.2.3', '1.2.3.256', '1.2.3.4.5', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', 'host'],
    ],
    [
      'ip',
      ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8/128', '::/0', 'ABCD::abcd'],
      ['1:2:3:4:5:6:7', '1:2:3:4:5:6:7::8', '1::2::3', ':::', ':1::', '12345::', 'g::', '::/129'],
    ],
    [
      'x509',
      ['', 'CN=joe', 'CN=a,OU=b+O=c', 'cn=a\\,b', 'CN="a,b"', '2.5.4.3=x', 'CN='],
      ['joe', 'CN=joe,', 'XX=joe', '=joe', ',CN=joe', 'CN=a,,O=b'],
    ],
    ['sasl', ['joe', '', 'joe/host@REALM', 'joe@REALM', 'a/b/c'], ['a@b@c', 'a/b/c@R']],
    ['world', [], ['anyone']],
    ['super', [], ['', 'joe']],
    ['nonsense', [], ['', 'joe']],
  ];
  it.each(cases)('of %s are accepted and refused as ZooKeeper does', (scheme, valid, invalid) => {
    expect(valid.filter((id) => !isValidId(scheme, id))).toEqual([]);
    expect(invalid.filter((id) => isValidId(scheme, id))).toEqual([]);
  });

  it('match whole addresses, or as many bits as they say', () => {
    const pairs: [proved: string, listed: string, expected: boolean][] = [
      ['10.0.0.1', '10.0.0.1', true],
      ['10.0.0.2', '10.0.0.1', false],
      ['10.0.0.255', '10.0.0.1/24', true],
      ['10.0.1.0', '10.0.0.1/24', false],
      ['10.0.0.127', '10.0.0.0/25', true],
      ['10.0.0.128', '10.0.0.0/25', false],
      ['192.168.3.9', '192.168.1.1/22', true],
      ['192.168.4.9', '192.168.1.1/22', false],
      ['8.8.8.8', '0.0.0.0/0', true],
      ['::1', '0:0:0:0:0:0:0:1', true],
      ['fe80::1:2', 'fe80::/64', true],
      ['fe80:0:0:1::2', 'fe80::/64', false],
      ['2001:db8:7fff::', '2001:db8::/33', true],
      ['2001:db8:8000::', '2001:db8::/33', false],
      ['::ffff', '0.0.255.255', false],
      ['10.0.0.1', '::/0', false],
      ['nowhere', '0.0.0.0/0', false],
    ];
    const wrong = pairs.filter(([proved, listed, expected]) => {
      return matchesId('ip', proved, listed) !== expected;
    });
    expect(wrong).toEqual([]);
  });

  it('match by being the same, and SASL knows a superuser', () => {
    expect(matchesId('digest', 'joe:a', 'joe:a')).toBe(true);
    expect(matchesId('digest', 'joe:a', 'joe:b')).toBe(false);
    expect(matchesId('x509', 'CN=joe', 'CN=joe')).toBe(true);
    expect(matchesId('sasl', 'super', 'joe')).toBe(true);
    expect(matchesId('sasl', 'jane', 'joe')).toBe(false);
    expect(matchesId('super', '', '')).toBe(false);
  });

  it('have a name to show', () => {
    expect(userOf('digest', 'joe:abc=')).toBe('joe');
    expect(userOf('ip', '::1')).toBe('::1');
    expect(userOf('super', 'CN=root')).toBe('');
  });
});

describe('the list that a node gets', () => {
  const cases: [string, Acl, Identity[], Acl | null][] = [
    ['an empty one is refused', [], [JOE], null],
    ['the open one', list(['world', 'anyone', 31]), [], OPEN_ACL],
    ['world is anyone', list(['world', 'all', 31]), [], null],
    ['unknown schemes are refused', list(['world', 'anyone', 1], ['host', 'x', 1]), [], null],
    ['malformed ids are refused', list(['digest', 'joe', 31]), [], null],
    [
      'duplicates go, others stay in order',
      list(['ip', '::', 1], ['digest', 'a:b', 2], ['ip', '::', 1], ['ip', '::', 3]),
      [],
      list(['ip', '::', 1], ['digest', 'a:b', 2], ['ip', '::', 3]),
    ],
    [
      'auth is everything that was proved',
      list(['auth', 'whatever', 5]),
      [IP, JOE, CERTIFICATE],
      list(['digest', 'joe:abc=', 5], ['x509', 'CN=joe', 5]),
    ],
    ['an address is no proof', list(['auth', '', 31]), [IP], null],
    ['being super alone is no proof', list(['auth', '', 31]), [IP, SUPER], null],
    [
      'auth does not look for duplicates',
      list(['digest', 'joe:abc=', 1], ['auth', '', 1]),
      [JOE],
      list(['digest', 'joe:abc=', 1], ['digest', 'joe:abc=', 1]),
    ],
    ['auth must not stand for too many', list(['auth', '', 1]), manyIdentities(100_001), null],
    ['permissions are kept as they came', list(['ip', '::', -1]), [], list(['ip', '::', -1])],
  ];
  it.each(cases)('%s', (_, acl, identities, expected) => {
    expect(fixedAcl(acl, identities)).toEqual(expected);
  });
});

describe('permissions', () => {
  const acl = list(['ip', '10.0.0.0/8', 1], ['digest', 'joe:abc=', 6], ['world', 'anyone', 8]);

  it('are given by any entry with any wanted bit that means one of the identities', () => {
    expect(isAllowed(acl, 1, [IP])).toBe(true);
    expect(isAllowed(acl, 1, [JOE])).toBe(false);
    expect(isAllowed(acl, 2, [IP, JOE])).toBe(true);
    expect(isAllowed(acl, 1 | 16, [IP])).toBe(true);
    expect(isAllowed(acl, 8, [])).toBe(true);
    expect(isAllowed(acl, 16, [IP, JOE])).toBe(false);
    expect(mayRead(acl, [{ scheme: 'ip', id: '11.0.0.1' }])).toBe(false);
  });

  it('are all given to super', () => {
    expect(isAllowed(list(['digest', 'x:y', 0]), 16, [IP, SUPER])).toBe(true);
  });

  it('hide digests from those who do not administer', () => {
    const shown = maskedAcl(list(['digest', 'joe:abc=', 1], ['ip', '::1', 1], ['digest', 'a', 1]));
    expect(shown).toEqual(list(['digest', 'joe:x', 1], ['ip', '::1', 1], ['digest', 'a', 1]));
  });

  it('decide what getAcl shows', () => {
    const bench = new TreeBench();
    bench.prove(1, JOE);
    bench.ask(1, create('/a', { acl: list(['auth', '', 31], ['world', 'anyone', 1]) }));
    const acl = (connection: number) => bench.ask(connection, { kind: 'getAcl', path: '/a' });
    expect(acl(1)).toMatchObject({
      acl: list(['digest', 'joe:abc=', 31], ['world', 'anyone', 1]),
    });
    expect(acl(2)).toMatchObject({ acl: list(['digest', 'joe:x', 31], ['world', 'anyone', 1]) });
    bench.prove(3, SUPER);
    expect(acl(3)).toEqual(acl(1));
    bench.skipsAcl = true;
    expect(acl(2)).toEqual(acl(1));
  });

  it('go with the list that setAcl has set', () => {
    const bench = new TreeBench();
    bench.prove(1, JOE);
    const own = list(['auth', '', 31]);
    bench.ask(1, create('/a'));
    expect(bench.errorOf(1, { kind: 'setAcl', path: '/a', acl: own, version: 0 })).toBe(0);
    expect(bench.errorOf(2, create('/a/b'))).toBe(ErrorNumber.NO_AUTH);
    expect(bench.errorOf(1, create('/a/b'))).toBe(0);
    expect(bench.errorOf(2, { kind: 'delete', path: '/a/b', version: -1 })).toBe(
      ErrorNumber.NO_AUTH,
    );
    expect(bench.errorOf(2, { kind: 'setAcl', path: '/a', acl: OPEN_ACL, version: 1 })).toBe(
      ErrorNumber.NO_AUTH,
    );
  });
});

describe('equal lists', () => {
  it('are one array for all nodes, and are forgotten with the last of them', () => {
    const bench = new TreeBench();
    bench.prove(1, JOE);
    for (const path of ['/a', '/b']) bench.ask(1, create(path, { acl: list(['auth', '', 31]) }));
    expect(bench.tree.get('/a')?.acl).toBe(bench.tree.get('/b')?.acl);
    expect(bench.tree.get('/a')?.acl).not.toBe(OPEN_ACL);

    const table = new AclTable();
    const first = table.share(list(['ip', '::', 1]));
    expect(table.share(list(['ip', '::', 1]))).toBe(first);
    expect(table.share(list(['ip', '::', 2]))).not.toBe(first);
    expect(table.share(OPEN_ACL)).toBe(OPEN_ACL);
    table.release(first);
    expect(table.size).toBe(2);
    table.release(first);
    expect(table.size).toBe(1);
    const again = list(['ip', '::', 1]);
    expect(table.share(again)).toBe(again);
  });
});
