import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { formatJson, parseJson } from '../../src/base/json.ts';
import { followJsonPath, parseJsonPath } from '../../src/base/json-path.ts';
import { Prng } from '../../src/base/prng.ts';

const SEED = 7_405_926;

describe('JSON', () => {
  it(`is what JSON.parse takes, seed ${SEED}`, () => {
    const random = new Prng(SEED);
    const tokens = [
      ...['{', '}', '[', ']', ',', ':', '"a"', '"b\\n"', '"\\u00e9"', '"\\x"', '1', '-0', '1.5e3'],
      ...[
        '01',
        '.5',
        '1.',
        'true',
        'false',
        'null',
        ' ',
        '\n',
        '\v',
        '"',
        '\\',
        '"\t"',
        'nul',
        '+1',
      ],
    ];
    let validCount = 0;
    for (let count = 0; count < 30_000; count++) {
      const length = random.integer(1, 8);
      let text = Array.from({ length }, () => random.pick(tokens)).join('');
      if (random.float() < 0.5) text = `{"k":[${text}]}`;
      const expected = parsed(text);
      const actual = parseJson(text);
      expect(actual === undefined, `${JSON.stringify(text)}, seed ${SEED}`).toBe(
        expected === undefined,
      );
      if (actual === undefined) continue;
      validCount++;
      expect(JSON.parse(formatJson(actual)), `${JSON.stringify(text)}, seed ${SEED}`).toEqual(
        expected,
      );
    }
    expect(validCount).toBeGreaterThan(1_000);
  });

  it('keeps digits, the order of keys and the last of equal keys', () => {
    const text = ' { "b" : 12345678901234567890 , "a" : [ 1.0, 1e5 ], "b" : "\\u0041\\/" } ';
    expect(formatJson(parseJson(text)!)).toBe('{"b":"A/","a":[1.0,1e5]}');
  });

  it('nests only so deep', () => {
    expect(parseJson('['.repeat(1_000) + ']'.repeat(1_000))).toBeDefined();
    expect(parseJson('['.repeat(1_001) + ']'.repeat(1_001))).toBeUndefined();
    expect(parseJson('['.repeat(1_000_000))).toBeUndefined();
  });
});

describe('a path', () => {
  const store = parseJson(
    '{"a":{"b":[10,{"c":"x","b":null},[20]],"k-1":1,"it\'s":2,"a,b:c":3},"é":true,"b":false}',
  )!;
  const cases: readonly (readonly [string, string])[] = [
    ['$', `[${formatJson(store)}]`],
    ['$.a.b[0]', '[10]'],
    ['$.a.b[1].c', '["x"]'],
    ["$['a']['b'][2][0]", '[20]'],
    ['$["a"].b[ 0 ]', '[10]'],
    ['$.a.k-1', '[1]'],
    ["$.a['it\\'s']", '[2]'],
    ['$.a["it\'s"]', '[2]'],
    ["$.a['a,b:c']", '[3]'],
    ['$.é', '[true]'],
    ['$.a.b[*]', '[10,{"c":"x","b":null},[20]]'],
    ['$.a.b[1].*', '["x",null]'],
    ['$..b', '[false,[10,{"c":"x","b":null},[20]],null]'],
    ['$..b..c', '["x"]'],
    ['$.a.b[9]', '[]'],
    ['$.a[0]', '[]'],
    ['$.b.c', '[]'],
    ['$.constructor', '[]'],
  ];

  it.each(cases)('%s leads to %s', (text, expected) => {
    expect(formatJson([...followJsonPath(store, parseJsonPath(text, refuse))])).toBe(expected);
  });

  it('through nested members does not multiply its results', () => {
    const nested = parseJson(`${'{"a":'.repeat(900)}1${'}'.repeat(900)}`)!;
    const values = followJsonPath(nested, parseJsonPath('$..a..a..a..a..a', refuse));
    expect(values.length).toBe(896);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a.b', 'INVALID_QUERY', /expected \$ at its start, found 'a.b'/],
    ['', 'INVALID_QUERY', /expected \$/],
    ['$.', 'INVALID_QUERY', /expected .name, .* at character 2 of the path '\$.'/],
    ['$.a[', 'INVALID_QUERY', /at character 4/],
    ['$a', 'INVALID_QUERY', /at character 2/],
    ['$.a[?(@.b > 1)]', 'NOT_SUPPORTED', /a filter \[\?…\] is not supported, at character 4/],
    ['$.a[(@.length-1)]', 'NOT_SUPPORTED', /a script/],
    ['$.a[-1]', 'NOT_SUPPORTED', /an index from the end/],
    ['$.a[1:2]', 'NOT_SUPPORTED', /a slice/],
    ['$.a[1,2]', 'NOT_SUPPORTED', /a list/],
    ["$['a','b']", 'NOT_SUPPORTED', /a list/],
    ['$..*', 'NOT_SUPPORTED', /everything at any depth/],
    ['$.a.length()', 'NOT_SUPPORTED', /a function is not supported, at character 11/],
  ];

  it.each(refused)('%s is refused', (text, code, message) => {
    const run = () => parseJsonPath(text, refuse);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

function refuse(code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string): EngineError {
  return new EngineError(code, message);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
