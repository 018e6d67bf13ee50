/**
 * Checks an invariant of our own code; stays on in production.
 * Bad input from outside is never an assertion: it is an `EngineError`.
 *
 * @param condition what must hold.
 * @param message says what was relied on; a function when it is costly to build.
 * @throws AssertionError when the condition does not hold: a defect in Nyala, not in its input.
 */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) {
    throw new AssertionError(typeof message === 'string' ? message : message());
  }
}

/** Marks a branch that the type system says cannot be reached; throws if it is. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable value ${String(value)}`);
}

/** A broken invariant: always a defect in Nyala. Never turned into an answer for a user. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
