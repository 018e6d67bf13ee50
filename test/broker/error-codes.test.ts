import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../src/base/assert.ts';
import { EngineError, type ErrorCode } from '../../src/base/errors.ts';
import { isInternalError, pinotException, pinotHttpStatus } from '../../src/broker/error-codes.ts';

describe('errors in a Pinot response', () => {
  it.each<[ErrorCode, number, number]>([
    ['SQL_SYNTAX', 150, 400],
    ['UNKNOWN_TABLE', 190, 404],
    ['TABLE_DISABLED', 191, 404],
    ['UNKNOWN_COLUMN', 710, 400],
    ['UNKNOWN_FUNCTION', 700, 400],
    ['NOT_SUPPORTED', 720, 400],
    ['NUMERIC_OVERFLOW', 200, 500],
    ['TIMEOUT', 250, 408],
    ['CANCELLED', 503, 503],
    ['GROUP_LIMIT', 245, 503],
    ['MEMORY_LIMIT', 245, 503],
    ['SERVER_UNAVAILABLE', 427, 503],
    ['SEGMENT_UNAVAILABLE', 305, 503],
    ['SERVER_BUSY', 211, 503],
    ['TOO_MANY_REQUESTS', 429, 429],
    ['SESSION_EXPIRED', 450, 500],
  ])('%s is %i with HTTP status %i', (code, number, status) => {
    const error = new EngineError(code, 'part: what happened');
    expect(pinotException(error).errorCode).toBe(number);
    expect(pinotException(error).message).toMatch(/^\w+Error: part: what happened$/);
    expect(pinotHttpStatus(error)).toBe(status);
  });

  it('say where in the statement it went wrong', () => {
    const position = { offset: 7, line: 2, column: 3 };
    const error = new EngineError('UNKNOWN_COLUMN', 'binder: unknown column x', { position });
    expect(pinotException(error).message).toContain('unknown column x at line 2, column 3');
  });

  it('keep the text of a defect to themselves', () => {
    for (const error of [new AssertionError('secret'), new TypeError('secret'), 'secret']) {
      expect(pinotException(error)).toMatchObject({ errorCode: 450 });
      expect(pinotException(error).message).not.toContain('secret');
      expect(isInternalError(error)).toBe(true);
    }
  });
});
