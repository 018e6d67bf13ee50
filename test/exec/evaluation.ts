import type { ColumnSchema, DataType, Value } from '../../src/base/types.ts';
import { type EvaluationContext, type EvaluationInput, evaluate } from '../../src/exec/evaluate.ts';
import type { Vector } from '../../src/exec/vector.ts';
import { valueAt, vectorFromValues, vectorLength } from '../../src/exec/vector-build.ts';
import { Scratch } from '../../src/kernels/scratch.ts';
import { bindQuery } from '../../src/sql/bind.ts';
import type { Expression } from '../../src/sql/expression.ts';
import { parseStatement } from '../../src/sql/parser.ts';
import { loadKernels, PAGE_BYTES } from '../kernels/load.ts';

const PAGES = 256;

/** A column of test data. */
export interface TestColumn extends ColumnSchema {
  readonly values: readonly Value[];
}

/** The real kernels over 16 MiB, all but the first page scratch. */
export function newContext(): EvaluationContext {
  const scratch = new Scratch(PAGE_BYTES, PAGES * PAGE_BYTES);
  return { kernels: loadKernels('shared', PAGES), scratch };
}

/** Test columns as the input of `evaluate`. */
export function inputOf(columns: readonly TestColumn[], rowCount: number): EvaluationInput {
  const vectors = new Map<string, Vector>();
  for (const { name, type, values } of columns) vectors.set(name, vectorFromValues(type, values));
  return { rowCount, column: (name) => vectors.get(name)! };
}

/** Binds the text of an expression over columns of the table t. */
export function bind(text: string, columns: readonly ColumnSchema[]): Expression {
  const { statement, positionOf } = parseStatement(`SELECT ${text} FROM t`);
  const table = { name: 't', columns };
  const context = { resolveTable: () => table, tableNames: () => ['t'], nowMs: 0 };
  return bindQuery(statement.select, positionOf, context).outputs[0]!;
}

/** Evaluates bound expressions and SQL text, one context for all. */
export class Evaluator {
  readonly context = newContext();

  /** The values of an expression in every row. */
  values(expression: Expression, columns: readonly TestColumn[], rowCount: number): Value[] {
    const mark = this.context.scratch.mark();
    const vector = evaluate(expression, inputOf(columns, rowCount), this.context);
    const values = valuesOf(vector);
    this.context.scratch.release(mark);
    return values;
  }

  /** The values of SQL text over columns; all columns are of one length. */
  sql(text: string, columns: readonly TestColumn[]): Value[] {
    return this.values(bind(text, columns), columns, columns[0]?.values.length ?? 1);
  }

  /**
   * The value of SQL text over single values: `?` stands for the next argument, a column. The column
   * has further rows with NULL, so that the answer comes from the vectorised path.
   */
  one(text: string, ...args: readonly (readonly [DataType, Value])[]): Value {
    const columns = args.map(([type, value], index) => ({
      name: `c${index}`,
      type,
      values: [null, value, null],
    }));
    let index = 0;
    const named = text.replace(/\?/g, () => `c${index++}`);
    if (columns.length === 0) return this.values(bind(named, []), [], 1)[0]!;
    return this.sql(named, columns)[1]!;
  }
}

/** All values of a vector. */
export function valuesOf(vector: Vector): Value[] {
  return Array.from({ length: vectorLength(vector) }, (_, row) => valueAt(vector, row));
}

/** A column reference. */
export function columnOf({ name, type }: ColumnSchema): Expression {
  return { kind: 'column', name, type };
}

/** A literal. */
export function literal(type: DataType, value: Value): Expression {
  return { kind: 'literal', type, value };
}

/** A call without a position. */
export function call(name: string, type: DataType, ...args: readonly Expression[]): Expression {
  return { kind: 'call', function: name, args, type };
}
