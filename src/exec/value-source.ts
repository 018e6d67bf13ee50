import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import { codeValueTable, evaluatePresent, lookupValues } from './argument.ts';
import type { CodeFunction } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { RowSet } from './row-set.ts';
import { addressOf } from './vector-key.ts';

/** Values of 4 or 8 bytes with their group ids, NULLs left out. */
export interface PresentValues {
  readonly values: number;
  readonly type: 'I32' | 'I64' | 'F64';
  readonly ids: number;
  readonly count: number;
}

/** Where the values of a numeric argument come from. */
export interface ValueSource {
  /** @param ids group ids of the rows; 0 when there are none. */
  read(rows: RowSet, ids: number, input: EvaluationInput): PresentValues;
}

/**
 * The values of a numeric argument.
 *
 * @param codes the argument as `codedArgument` gives it; null: it is evaluated row by row.
 */
export function valueSource(
  argument: Expression,
  codes: CodeFunction | null,
  context: ExecutionContext,
): ValueSource {
  return codes === null ? new RowValues(argument, context) : new CodeValues(codes, context);
}

class CodeValues implements ValueSource {
  readonly #codes: CodeFunction;
  readonly #context: ExecutionContext;
  readonly #table: number;
  readonly #type: 'I64' | 'F64';

  constructor(codes: CodeFunction, context: ExecutionContext) {
    this.#codes = codes;
    this.#context = context;
    this.#table = codeValueTable(codes, context);
    const { type } = codes.decode(new Uint32Array(1));
    this.#type = type === 'FLOAT' || type === 'DOUBLE' ? 'F64' : 'I64';
  }

  read(rows: RowSet, ids: number): PresentValues {
    const values = lookupValues(this.#codes, this.#table, rows, this.#context);
    return { values, type: this.#type, ids, count: rows.count };
  }
}

class RowValues implements ValueSource {
  readonly #argument: Expression;
  readonly #context: ExecutionContext;

  constructor(argument: Expression, context: ExecutionContext) {
    this.#argument = argument;
    this.#context = context;
  }

  read(rows: RowSet, ids: number, input: EvaluationInput): PresentValues {
    const present = evaluatePresent(this.#argument, rows, ids, input, this.#context);
    assert(present.vector.kind === 'flat', 'only numbers are summed');
    const { data } = present.vector;
    const type = data instanceof Int32Array ? 'I32' : data instanceof BigInt64Array ? 'I64' : 'F64';
    return {
      values: addressOf(data, this.#context),
      type,
      ids: present.ids,
      count: present.count,
    };
  }
}
