import { beforeAll, describe, expect, it } from 'vitest';
import type { DataType, Value } from '../../src/base/types.ts';
import { Evaluator } from './evaluation.ts';
import { TextOracle } from './text-oracle.ts';

const evaluator = new Evaluator();
type Argument = readonly [DataType, Value];
const text = (value: Value): Argument => ['STRING', value];

const FULL = 'https://joe:pw@www.shop.example.com:8443/a%20b/c.html?q=1&lr=2%263&q=9#top%21';

describe('encodings over columns give what DuckDB gives', () => {
  const oracle = new TextOracle([
    {
      name: 's',
      type: 'STRING',
      values: ['hello', '', 'a', 'ab', 'Éa😀z', null, 'a+b/c', ' %41~*', 'x'.repeat(20_000)],
    },
  ]);
  beforeAll(() => oracle.start());

  it.each([
    ['to_base64(s)', 'to_base64(encode(s))'],
    ['base64decode(base64encode(s))', 's'],
    [
      'url_encode(s)',
      "replace(replace(replace(url_encode(s), '%20', '+'), '~', '%7E'), '%2A', '*')",
    ],
    ['url_decode(url_encode(s))', 's'],
  ])('%s is %s', (ours, duckdb) => oracle.expectSame(ours, duckdb));
});

describe('functions on encodings, URLs and addresses', () => {
  const cases: readonly (readonly [string, readonly Argument[], Value])[] = [
    ['base64decode(?)', [text('aGVsbG8=')], 'hello'],
    ['base64decode(?)', [text('aGVsbG8')], null],
    ['base64decode(?)', [text('a*==')], null],
    ['base64decode(?)', [text('/w==')], null],
    ['from_base64(?)', [text('')], ''],
    ['url_encode(?)', [text("a b&c=d/é!'()*-._~")], 'a+b%26c%3Dd%2F%C3%A9%21%27%28%29*-._%7E'],
    ['decodeUrl(?)', [text('a+b%26%C3%A9')], 'a b&é'],
    ['url_decode(?)', [text('%zz')], null],
    ['url_decode(?)', [text('%ff')], null],
    ["parse_url(?, 'PROTOCOL')", [text(FULL)], 'https'],
    ["parse_url(?, 'AUTHORITY')", [text(FULL)], 'joe:pw@www.shop.example.com:8443'],
    ["parse_url(?, 'USERINFO')", [text(FULL)], 'joe:pw'],
    ["parse_url(?, 'HOST')", [text(FULL)], 'www.shop.example.com'],
    ["parse_url(?, 'PATH')", [text(FULL)], '/a%20b/c.html'],
    ["parse_url(?, 'FILE')", [text(FULL)], '/a%20b/c.html?q=1&lr=2%263&q=9'],
    ["parse_url(?, 'QUERY')", [text(FULL)], 'q=1&lr=2%263&q=9'],
    ["parse_url(?, 'QUERY', 'lr')", [text(FULL)], '2%263'],
    ["parse_url(?, 'QUERY', 'q')", [text(FULL)], '1'],
    ["parse_url(?, 'QUERY', 'x')", [text(FULL)], null],
    ["parse_url(?, 'PATH', 'q')", [text(FULL)], null],
    ["parse_url(?, 'REF')", [text(FULL)], 'top%21'],
    ["parse_url(?, 'REF')", [text('http://a.b/')], null],
    ["parse_url(?, 'USERINFO')", [text('http://a.b/')], null],
    ["parse_url(?, 'HOST')", [text('no url')], null],
    ["parse_url(?, 'PATH')", [text('mailto:x')], null],
    ["parse_url(?, 'HOST')", [text(null)], null],
    ['urlProtocol(?)', [text(FULL)], 'https'],
    ['urlProtocol(?)', [text('a b://c')], null],
    ['urlDomain(?)', [text(FULL)], 'www.shop.example.com'],
    ['url_host(?)', [text('http://[2001:db8::1]:80/')], '[2001:db8::1]'],
    ['urlDomainWithoutWWW(?)', [text(FULL)], 'shop.example.com'],
    ['urlTopLevelDomain(?)', [text(FULL)], 'com'],
    ['urlFirstSignificantSubdomain(?)', [text(FULL)], 'example'],
    ['urlFirstSignificantSubdomain(?)', [text('http://news.bbc.co.uk/')], 'bbc'],
    ['cutToFirstSignificantSubdomain(?)', [text('http://news.bbc.co.uk/')], 'bbc.co.uk'],
    ['cutToFirstSignificantSubdomain(?)', [text(FULL)], 'example.com'],
    ['urlNetloc(?)', [text(FULL)], 'joe:pw@www.shop.example.com:8443'],
    ['urlPort(?)', [text(FULL)], 8443],
    ['urlPort(?)', [text('http://a.b/')], -1],
    ['urlPort(?)', [text('')], -1],
    ['urlPath(?)', [text(FULL)], '/a b/c.html'],
    ['urlPath(?)', [text('/just/a/path')], null],
    ['urlPathWithQuery(?)', [text(FULL)], '/a%20b/c.html?q=1&lr=2%263&q=9'],
    ['urlQueryString(?)', [text(FULL)], 'q=1&lr=2%263&q=9'],
    ['url_query(?)', [text('http://a.b/?')], ''],
    ['url_query(?)', [text('http://a.b/')], null],
    ['urlFragment(?)', [text(FULL)], 'top!'],
    ['urlQueryStringAndFragment(?)', [text('http://a.b/?x=%41#f')], 'x=A#f'],
    ['urlQueryStringAndFragment(?)', [text('http://a.b/#f')], 'f'],
    ['urlQueryStringAndFragment(?)', [text('http://a.b/')], null],
    ["extractURLParameter(?, 'lr')", [text(FULL)], '2&3'],
    ["extractURLParameter(?, 'nope')", [text(FULL)], ''],
    ["extractURLParameter(?, 'a')", [text('http://a.b/?a')], ''],
    ['cutWWW(?)', [text('http://www.a.b/www.')], 'http://a.b/www.'],
    ['cutQueryString(?)', [text('http://a.b/c?d=1#e')], 'http://a.b/c#e'],
    ['cutFragment(?)', [text('http://a.b/c?d=1#e')], 'http://a.b/c?d=1'],
    ['cutQueryStringAndFragment(?)', [text('http://a.b/c?d=1#e')], 'http://a.b/c'],
    ["isSubnetOf('1.2.3.128/0', ?)", [text('192.168.5.1')], true],
    ["isSubnetOf('192.168.0.0/16', ?)", [text('192.168.5.1')], true],
    ["isSubnetOf('192.168.0.0/16', ?)", [text('192.169.5.1')], false],
    ["isSubnetOf('1.2.3.128/32', ?)", [text('1.2.3.129')], false],
    ["isSubnetOf('64:ff9b::17/64', ?)", [text('64:ff9b::ffff:2f')], true],
    ["isSubnetOf('64:fa9b::17/64', ?)", [text('64:ff9b::17')], false],
    ["isSubnetOf('0.0.0.0/0', ?)", [text('::1')], false],
    ["isSubnetOf('::ffff:10.0.0.0/104', ?)", [text('::ffff:10.1.2.3')], true],
    ['isSubnetOf(?, ?)', [text(null), text('1.2.3.4')], null],
    ['ipPrefix(?, 9)', [text('192.168.255.255')], '192.128.0.0/9'],
    ['ipPrefix(?, 48)', [text('2001:0db8:85a3:0001:0001:8a2e:0370:7334')], '2001:db8:85a3::/48'],
    ['ipPrefix(?, 128)', [text('2001:DB8:0:0:1:0:0:1')], '2001:db8::1:0:0:1/128'],
    ['ipPrefix(?, 0)', [text('::1')], '::/0'],
    ['ipSubnetMin(?)', [text('192.168.255.255/9')], '192.128.0.0'],
    ['ipSubnetMax(?)', [text('192.64.1.1/9')], '192.127.255.255'],
    ['ipSubnetMax(?)', [text('2001:db8::/120')], '2001:db8::ff'],
    ['ipSubnetMin(?)', [text('1:2:3:4:5:6:7:8/128')], '1:2:3:4:5:6:7:8'],
    ['ipSubnetMax(?)', [text('1.2.3.4/32')], '1.2.3.4'],
  ];

  it.each(cases)('%s of %o', (expression, args, expected) => {
    expect(evaluator.one(expression, ...args)).toEqual(expected);
  });

  const refused: readonly (readonly [string, Value, string, RegExp])[] = [
    ["parse_url(?, 'host')", FULL, 'INVALID_QUERY', /AUTHORITY, FILE, HOST.*found 'host'/],
    ["isSubnetOf('10.0.0.0/33', ?)", '1.2.3.4', 'BAD_CAST', /a subnet such as 10.0.0.0\/8/],
    ["isSubnetOf('10.0.0.0', ?)", '1.2.3.4', 'BAD_CAST', /a subnet such as/],
    [
      "isSubnetOf('10.0.0.0/8', ?)",
      '1.2.3.4/8',
      'BAD_CAST',
      /without a prefix, found '1.2.3.4\/8'/,
    ],
    ['ip_prefix(?, 33)', '1.2.3.4', 'BAD_CAST', /0 to 32 bits, found 33/],
    ['ip_prefix(?, -1)', '::', 'BAD_CAST', /0 to 128 bits, found -1/],
    ['ip_prefix(?, 8)', '01.2.3.4', 'BAD_CAST', /an IP address/],
    ['ip_prefix(?, 8)', '256.2.3.4', 'BAD_CAST', /an IP address/],
    ['ip_prefix(?, 8)', '1::2::3', 'BAD_CAST', /an IP address/],
    ['ip_prefix(?, 8)', '1:2:3:4:5:6:7:8:9', 'BAD_CAST', /an IP address/],
    ['ip_prefix(?, 8)', '12345::', 'BAD_CAST', /an IP address/],
    ['url_port(5)', '', 'TYPE_MISMATCH', /url_port does not take/],
  ];

  it.each(refused)('%s of %o is refused', (expression, value, code, message) => {
    const run = () => evaluator.one(expression, text(value));
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});
