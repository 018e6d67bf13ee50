import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { FOLDED_TEXT_CHARACTERS_MAX } from '../base/limits.ts';
import { literal } from '../sql/expression-tools.ts';
import type { EvaluateConstant } from '../sql/rules/constant-rule.ts';
import type { ExecutionContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { valueAt } from './vector-build.ts';

/**
 * Evaluates calls of constants for the optimiser, as execution would: in the scratch memory of a batch, which
 * is as it was afterwards.
 */
export function constantEvaluator({
  kernels,
  batch,
}: Pick<ExecutionContext, 'kernels' | 'batch'>): EvaluateConstant {
  return (call) => {
    const mark = batch.mark();
    try {
      const vector = evaluate(call, ONE_ROW, { kernels, scratch: batch });
      const value = valueAt(vector, 0);
      const isLong = typeof value === 'string' && value.length > FOLDED_TEXT_CHARACTERS_MAX;
      return isLong ? null : literal(call.type, value);
    } catch (error) {
      if (error instanceof EngineError) return null;
      throw error;
    } finally {
      batch.release(mark);
    }
  };
}

const ONE_ROW = {
  rowCount: 1,
  column: (name: string): never => {
    assert(false, () => `a constant has no column, found ${name}`);
    throw new Error(name);
  },
};
