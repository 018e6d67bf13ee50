import { EngineError } from '../base/errors.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';

/**
 * JSON text in which 64-bit integers are written as `{"$bigint":"123"}`, and the numbers that JSON
 * does not have as `{"$number":"NaN"}`, `"Infinity"`, `"-Infinity"` or `"-0"`.
 */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (typeof inner === 'bigint') return { $bigint: inner.toString() };
    if (typeof inner !== 'number' || (Number.isFinite(inner) && !Object.is(inner, -0)))
      return inner;
    return { $number: Object.is(inner, -0) ? '-0' : String(inner) };
  });
}

/**
 * The value of such text.
 *
 * @throws EngineError BAD_REQUEST when it is not JSON.
 */
export function decodeJson(text: string): unknown {
  try {
    // A function that sees every value takes ten times as long as the parser itself.
    if (!text.includes('{"$')) return JSON.parse(text);
    return JSON.parse(text, (_key, inner) => {
      if (typeof inner !== 'object' || inner === null) return inner;
      if (typeof inner.$bigint === 'string') return BigInt(inner.$bigint);
      return typeof inner.$number === 'string' ? Number(inner.$number) : inner;
    });
  } catch (cause) {
    throw new EngineError('BAD_REQUEST', 'request: expected JSON text', { cause });
  }
}

/** A leaf plan as text, to send to a server. */
export function encodePlan(plan: LeafPlan): string {
  return encodeJson(plan);
}

/**
 * A leaf plan from text.
 *
 * @throws EngineError BAD_REQUEST when it is not JSON or not a leaf plan.
 */
export function decodePlan(text: string): LeafPlan {
  const value = decodeJson(text) as LeafPlan | null;
  if (value?.kind !== 'aggregate' && value?.kind !== 'select') {
    throw new EngineError(
      'BAD_REQUEST',
      'request: expected a leaf plan of kind aggregate or select',
    );
  }
  return value;
}

/**
 * What may be done to groups, from text that `encodeJson` has made; null for none.
 *
 * @throws EngineError BAD_REQUEST when it is something else.
 */
export function decodeFinish(text: string | undefined): GroupFinish | null {
  const value = text === undefined ? null : (decodeJson(text) as GroupFinish | null);
  if (value === null || (Array.isArray(value.outputs) && Array.isArray(value.order))) return value;
  throw new EngineError('BAD_REQUEST', 'request: expected outputs and an order of groups');
}
