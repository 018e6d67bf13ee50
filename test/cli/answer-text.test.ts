import { describe, expect, it } from 'vitest';
import { answerText } from '../../src/cli/answer-text.ts';
import { parseExactJson, readSqlAnswer } from '../../src/cli/sql-client.ts';

const body = (rows: string) =>
  new TextEncoder().encode(
    '{"resultTable":{"dataSchema":{"columnNames":["name","n"],"columnDataTypes":["STRING","LONG"]},' +
      `"rows":${rows}},"exceptions":[],"timeUsedMs":3}`,
  );
const answer = readSqlAnswer({
  status: 200,
  body: body('[["a,\\"b\\"",9007199254740993],["",-1],[null,null],["1e5",2]]'),
});

describe('an answer on the command line', () => {
  it('is CSV with quotes where needed, and tells the empty string from NULL', () => {
    expect(answerText(answer, 'csv')).toBe('name,n\n"a,""b""",9007199254740993\n"",-1\n,\n1e5,2\n');
  });

  it('is JSON with all digits of a number, and text that looks like a number as text', () => {
    expect(answerText(answer, 'ndjson').split('\n')).toEqual([
      '{"name":"a,\\"b\\"","n":9007199254740993}',
      '{"name":"","n":-1}',
      '{"name":null,"n":null}',
      '{"name":"1e5","n":2}',
      '',
    ]);
    expect(JSON.parse(answerText(answer, 'json'))).toHaveLength(4);
  });

  it('is a table with numbers to the right, and no control characters from the data', () => {
    const odd = readSqlAnswer({ status: 200, body: body('[["a\\u001b[31m\\n",1]]') });
    const text = answerText(odd, 'table');
    expect(text).toContain('│ a\\u001b[31m\\n │ 1 │');
    expect(text).toContain('1 row, 3 ms');
    expect(text).not.toContain('\u001b');
  });

  it('is the reason when the query failed', () => {
    const failed = '{"exceptions":[{"errorCode":150,"message":"SQLParsingError: parser: no"}]}';
    const read = () => readSqlAnswer({ status: 200, body: new TextEncoder().encode(failed) });
    expect(read).toThrow(/^parser: no$/);
    expect(() => parseExactJson('<html>')).toThrow("is this a broker's port?");
  });

  it('keeps numbers inside of strings as they are', () => {
    expect(parseExactJson('{"a\\"1":[1,"2 \\\\",-3.5e+7,{"4":true}]}')).toEqual({
      'a"1': ['1', '2 \\', '-3.5e+7', { '4': true }],
    });
  });
});
