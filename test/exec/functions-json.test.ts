import { beforeAll, describe, expect, it } from 'vitest';
import { parseTimestamp } from '../../src/base/datetime.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import { bind, Evaluator } from './evaluation.ts';
import { TextOracle } from './text-oracle.ts';

const evaluator = new Evaluator();
type Argument = readonly [DataType, Value];
const text = (value: Value): Argument => ['STRING', value];

describe('functions on JSON over columns give what DuckDB gives', () => {
  const oracle = new TextOracle([
    {
      name: 's',
      type: 'STRING',
      values: [
        '{"a": 1, "b": [1, {"c": "x y"}], "d": null}',
        '{"a": "1\\n\\u00e9", "b": {"c": [1.5, true]}}',
        ' [1, 2, 3] ',
        '"text"',
        'null',
        '12.0',
        null,
        '{"a": {"a": 12345678901234567890}, "it\'s": 1}',
        '{}',
      ],
    },
    {
      name: 'bad',
      type: 'STRING',
      values: ['{', '[1 2]', "{'a':1}", 'nul', '', '{"a" 1}', null, '1 2', '01'],
    },
  ]);
  beforeAll(() => oracle.start());

  it.each([
    ...['json_valid(s)', 'json_valid(bad)', "json_extract_string(s, '$.a')"],
    ...["json_extract_string(s, '$.b')", "json_extract_string(s, '$.b[1].c')"],
    ...["json_extract_string(s, '$.b.c[0]')", "json_extract_string(s, '$[2]')"],
    ...["json_extract_string(s, '$.a.a')", "json_extract_string(s, '$.zz')"],
    ...["json_extract_string(s, '$')"],
  ])('%s', (expression) => oracle.expectSame(expression));

  it.each([
    ['json_format(s)', 'CAST(json(s) AS VARCHAR)'],
    [
      "json_path_exists(s, '$.d')",
      "if(s IS NULL, NULL, json_extract_string(s, '$.d') IS NOT NULL)",
    ],
    ["json_path_exists(s, '$.b')", "json_exists(s, '$.b')"],
  ])('%s is %s', (ours, duckdb) => oracle.expectSame(ours, duckdb));
});

describe('functions on JSON', () => {
  const json = text(
    '{"i":7,"big":9007199254740993,"d":12.75,"s":"abc","n":"42","t":true,"z":null,"m":1709164800123,"ts":"2024-02-29 01:02:03","l":[{"v":1},{"v":"x"}]}',
  );
  const cases: readonly (readonly [string, readonly Argument[], Value])[] = [
    ["json_extract_scalar(?, '$.i', 'INT')", [json], 7],
    ["jsonExtractScalar(?, '$.i', 'long')", [json], 7n],
    ["jsonExtractScalar(?, '$.big', 'LONG')", [json], 9007199254740993n],
    ["jsonExtractScalar(?, '$.big', 'INT')", [json], null],
    ["jsonExtractScalar(?, '$.d', 'INT')", [json], 12],
    ["jsonExtractScalar(?, '$.d', 'DOUBLE')", [json], 12.75],
    ["jsonExtractScalar(?, '$.d', 'FLOAT')", [json], 12.75],
    ["jsonExtractScalar(?, '$.d', 'STRING')", [json], '12.75'],
    ["jsonExtractScalar(?, '$.n', 'BIGINT')", [json], 42n],
    ["jsonExtractScalar(?, '$.s', 'INT')", [json], null],
    ["jsonExtractScalar(?, '$.s', 'INT', -1)", [json], -1],
    ["jsonExtractScalar(?, '$.s', 'INT', '-1')", [json], -1],
    ["jsonExtractScalar(?, '$.x', 'STRING', 'none')", [json], 'none'],
    ["jsonExtractScalar(?, '$.x', 'BIGINT', 9007199254740993)", [json], 9007199254740993n],
    ["jsonExtractScalar(?, '$.x', 'STRING', 'none')", [text(null)], 'none'],
    ["jsonExtractScalar(?, '$.x', 'STRING')", [text(null)], null],
    ["jsonExtractScalar(?, '$.x', 'STRING')", [text('{not json')], null],
    ["jsonExtractScalar(?, '$.t', 'BOOLEAN')", [json], true],
    ["jsonExtractScalar(?, '$.i', 'BOOLEAN')", [json], true],
    ["jsonExtractScalar(?, '$.t', 'INT')", [json], null],
    ["jsonExtractScalar(?, '$.z', 'STRING')", [json], null],
    ["jsonExtractScalar(?, '$.ts', 'TIMESTAMP')", [json], parseTimestamp('2024-02-29 01:02:03')],
    ["jsonExtractScalar(?, '$.m', 'TIMESTAMP')", [json], parseTimestamp('2024-02-29 00:00:00.123')],
    ["jsonExtractScalar(?, '$.l[*].v', 'STRING')", [json], '[1,"x"]'],
    ["jsonExtractScalar(?, '$..v', 'INT')", [json], null],
    ["jsonPathString(?, '$.l')", [json], '[{"v":1},{"v":"x"}]'],
    ["jsonPathString(?, '$.x')", [json], null],
    ["jsonPathString(?, '$.x', 'none')", [json], 'none'],
    ["jsonPathLong(?, '$.big')", [json], 9007199254740993n],
    ["jsonPathLong(?, '$.d')", [json], 12n],
    ["jsonPathLong(?, '$.s', 5)", [json], 5n],
    ["jsonPathDouble(?, '$.d')", [json], 12.75],
    ["jsonPathDouble(?, '$.x', 1)", [json], 1],
    ["get_json_object(?, '$.l[1].v')", [json], 'x'],
    ["get_json_object(?, '$.x[*]')", [json], null],
    ["json_path_exists(?, '$.l[1]')", [json], true],
    ["json_path_exists(?, '$.z')", [json], false],
    ["json_path_exists(?, '$')", [text('{')], false],
    ['json_path_exists(?, ?)', [json, text(null)], null],
    ['json_format(?)', [text(' {"a" : [1.0 , "\\u0041"]} ')], '{"a":[1.0,"A"]}'],
    ['json_format(?)', [text('{')], null],
    ['is_json(?)', [text('{"a":1}')], true],
    ['isJson(?)', [text("{'a':1}")], false],
    ['is_json(?)', [text(null)], null],
  ];

  it.each(cases)('%s', (expression, args, expected) => {
    expect(evaluator.one(expression, ...args)).toEqual(expected);
  });

  it('refuse a result that is longer than a text may be', () => {
    const deep = text('{"a":'.repeat(900) + JSON.stringify('x'.repeat(100_000)) + '}'.repeat(900));
    expect(() => evaluator.one("get_json_object(?, '$..a')", deep)).toThrow(
      /json_path_string makes/,
    );
  });

  const columns = [{ name: 's', type: 'STRING' }] as const;
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["json_extract_scalar(s, '$.a', 'NUMBER')", 'TYPE_MISMATCH', /unknown type NUMBER/],
    ["json_extract_scalar(s, '$.a', 'MAP')", 'NOT_SUPPORTED', /MAP/],
    ["json_extract_scalar(s, '$.a', 'INT_ARRAY')", 'NOT_SUPPORTED', /INT_ARRAY/],
    ["json_extract_scalar(s, '$.a', s)", 'TYPE_MISMATCH', /the name of a type as a literal/],
    ["json_extract_scalar(s, '$.a', NULL)", 'TYPE_MISMATCH', /the name of a type as a literal/],
    ["json_extract_scalar(s, '$.a', 'INT', 'x')", 'BAD_CAST', /type INT, found 'x'/],
    ["json_extract_scalar(s, '$.a')", 'TYPE_MISMATCH', /takes 3 to 4 arguments, found 2/],
    ['json_format(5)', 'TYPE_MISMATCH', /json_format does not take \(INT\)/],
    ["json_extract_index(s, '$.a', 'INT')", 'NOT_SUPPORTED', /json_extract_index/],
  ];

  it.each(refused)('%s is refused when binding', (expression, code, message) => {
    expect(() => bind(expression, columns)).toThrow(message);
    expect(() => bind(expression, columns)).toThrow(expect.objectContaining({ code }));
  });

  it('point into a path with steps of other engines', () => {
    const run = () => evaluator.one("json_path_string(?, '$.a[1,2]')", json);
    expect(run).toThrow(/a list \[a,b\] is not supported, at character 4/);
    expect(run).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }));
  });
});
