import { describe, expect, it } from 'vitest';
import { redactLiterals } from '../../src/sql/redact.ts';

describe('a statement for a log', () => {
  it.each([
    ["SELECT a FROM t WHERE b = 'secret'", 'SELECT a FROM t WHERE b = ?'],
    ["SELECT a,b FROM t WHERE b IN (1, -2.5e3,X'00ff')", 'SELECT a,b FROM t WHERE b IN (?, -?,?)'],
    ["SELECT 'it''s' -- secret\n, 2 /* secret */ FROM t", 'SELECT ? , ? FROM t'],
    ['-- secret\nSELECT "a b"   FROM `t`', 'SELECT "a b" FROM `t`'],
    ["SET k = 'v'; SELECT a FROM t LIMIT 5", 'SET k = ?; SELECT a FROM t LIMIT ?'],
    ['SELECT a1 FROM t2', 'SELECT a1 FROM t2'],
    ['', ''],
  ])('%j has no values', (sql, redacted) => {
    expect(redactLiterals(sql)).toBe(redacted);
  });

  it('has nothing at all when it is no SQL', () => {
    expect(redactLiterals("SELECT 'secret")).toBe('(14 characters that are no SQL)');
  });
});
