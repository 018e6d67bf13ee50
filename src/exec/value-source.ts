import { isFloat } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import { codeValueTable, evaluatePresent, lookupValues } from './argument.ts';
import type { CodeFunction } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import { decimalReader } from './decimal-vector.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { RowSet } from './row-set.ts';
import type { TextVector } from './vector.ts';
import { addressOf } from './vector-key.ts';

/** Values of 4, 8 or 16 bytes with their group ids, NULLs left out. */
export interface PresentValues {
  readonly values: number;
  readonly type: 'I32' | 'I64' | 'I128' | 'F64';
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
  return codes === null || hasWideValues(codes)
    ? new RowValues(argument, context)
    : new CodeValues(codes, context);
}

function hasWideValues(codes: CodeFunction): boolean {
  return codes.decode(new Uint32Array(1)).kind === 'text';
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
    this.#type = isFloat(type) ? 'F64' : 'I64';
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
    const { ids: presentIds, count } = present;
    if (present.vector.kind === 'text') {
      const values = addressOf(wordsOf(present.vector, count), this.#context);
      return { values, type: 'I128', ids: presentIds, count };
    }
    const { data } = present.vector;
    const type = data instanceof Int32Array ? 'I32' : data instanceof BigInt64Array ? 'I64' : 'F64';
    return {
      values: addressOf(data, this.#context),
      type,
      ids: presentIds,
      count,
    };
  }
}

/** Wide decimals as i128: two words a row, the low one first. */
function wordsOf(vector: TextVector, count: number): BigInt64Array {
  const words = new BigInt64Array(2 * count);
  const read = decimalReader(vector);
  for (let row = 0; row < count; row++) {
    const value = read(row);
    words[2 * row] = BigInt.asIntN(64, value);
    words[2 * row + 1] = value >> 64n;
  }
  return words;
}
