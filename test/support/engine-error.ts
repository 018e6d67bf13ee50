import { EngineError } from '../../src/base/errors.ts';

/** The EngineError that an action throws; anything else thrown, or nothing, fails the test. */
export function errorOf(action: () => unknown): EngineError {
  try {
    action();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('expected an EngineError, found success');
}
