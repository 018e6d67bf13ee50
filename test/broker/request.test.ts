import { describe, expect, it } from 'vitest';
import { SQL_TEXT_CHARACTERS_MAX } from '../../src/base/limits.ts';
import { parseQueryBody } from '../../src/broker/request.ts';

describe('a query body', () => {
  it('may have options as Pinot clients write them, with blanks and empty entries', () => {
    const body = { sql: 'SELECT 1', queryOptions: ';; timeoutMs = 10 ;a=b=c;' };
    const { sql, options } = parseQueryBody(JSON.stringify(body));
    expect(sql).toBe('SELECT 1');
    expect([...options]).toEqual([
      ['timeoutMs', '10'],
      ['a', 'b=c'],
    ]);
  });

  it('may have the keys that Pinot clients send', () => {
    const body = { sql: 'SELECT 1', queryOptions: null, trace: false, database: 'default' };
    expect(parseQueryBody(JSON.stringify(body)).options.size).toBe(0);
  });

  it.each([
    ['{}', "Payload is missing the query string field 'sql'"],
    ['{"sql":null}', "Payload is missing the query string field 'sql'"],
    ['{"sql":5}', 'broker: sql must be a string, found number'],
    ['{"sql"', 'Invalid JSON'],
    ['[]', 'Invalid JSON'],
    ['null', 'Invalid JSON'],
    ['{"sql":"SELECT 1","querOptions":""}', 'did you mean queryOptions?'],
    ['{"sql":"SELECT 1","":1}', 'unknown key ""'],
    ['{"sql":"SELECT 1","__proto__":{}}', 'unknown key "__proto__"'],
    ['{"sql":"SELECT 1","queryOptions":7}', 'queryOptions must be a string'],
    ['{"sql":"SELECT 1","queryOptions":"timeoutMs"}', 'expected key=value'],
    ['{"sql":"SELECT 1","queryOptions":"=1"}', 'expected key=value'],
  ])('that is %s is refused with the reason', (text, reason) => {
    expect(() => parseQueryBody(text)).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', message: expect.stringContaining(reason) }),
    );
  });

  it('may be as long as the limit and not longer', () => {
    const body = (length: number) => JSON.stringify({ sql: 'x'.repeat(length) });
    expect(parseQueryBody(body(SQL_TEXT_CHARACTERS_MAX)).sql).toHaveLength(SQL_TEXT_CHARACTERS_MAX);
    expect(() => parseQueryBody(body(SQL_TEXT_CHARACTERS_MAX + 1))).toThrow('characters, allowed');
  });
});
