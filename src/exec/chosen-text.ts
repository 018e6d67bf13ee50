import { assert } from '../base/assert.ts';
import type { Call, Expression } from '../sql/expression.ts';
import { column, literal } from '../sql/expression-tools.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { OrdinalDictionary } from './ordinals.ts';
import type { Vector } from './vector.ts';

/*
 * Texts that an expression takes as they are from columns and constants, such as `CASE WHEN … THEN a
 * ELSE '' END`. Where a numbering has all of them, the expression is computed over numbers.
 */

/** Where the texts of an expression come from. */
export interface TextSources {
  readonly columns: readonly string[];
  readonly texts: readonly string[];
}

/** The sources of a STRING that makes no new text, and is from one column at least; null for others. */
export function textSources(expression: Expression): TextSources | null {
  const columns = new Set<string>();
  const texts = new Set<string>();
  const isChosen = (one: Expression): boolean => {
    if (one.type !== 'STRING') return false;
    if (one.kind === 'column') columns.add(one.name);
    else if (one.kind === 'call') return chosenArguments(one)?.every(isChosen) ?? false;
    else if (typeof one.value === 'string') {
      texts.add(one.value);
      // Half a surrogate pair has no bytes of its own that a dictionary could hold.
      return !/\p{Surrogate}/u.test(one.value);
    }
    return true;
  };
  if (!isChosen(expression) || columns.size === 0) return null;
  return { columns: [...columns], texts: [...texts] };
}

/**
 * The same choice among the numbers that a dictionary gives to texts, to be evaluated with
 * `numberedInput`. Of a column, its numbers.
 */
export function numberedExpression(
  expression: Expression,
  dictionary: OrdinalDictionary,
): Expression {
  if (expression.kind === 'column') return column(NUMBERS + expression.name, 'INT');
  if (expression.kind === 'literal') {
    const { value } = expression;
    return literal('INT', typeof value === 'string' ? dictionary.ordinalOf(value) : null);
  }
  const chosen = new Set(chosenArguments(expression));
  const args = expression.args.map((arg) =>
    chosen.has(arg) ? numberedExpression(arg, dictionary) : arg,
  );
  return { ...expression, args, type: 'INT' };
}

/** An input that has the numbers of texts besides. */
export function numberedInput(input: EvaluationInput): EvaluationInput {
  return {
    rowCount: input.rowCount,
    column: (name) =>
      name.startsWith(NUMBERS)
        ? numbersOf(input.column(name.slice(NUMBERS.length)))
        : input.column(name),
  };
}

/** No column of a table has such a name. */
const NUMBERS = '$numbers of ';

function numbersOf(vector: Vector): Vector {
  assert(vector.kind === 'text', 'texts have numbers');
  const { codes, nulls } = vector;
  const data = new Int32Array(codes.buffer, codes.byteOffset, codes.length);
  return { kind: 'flat', type: 'INT', data, nulls };
}

/** The arguments of a call of which it gives one, or NULL; null where it makes something else. */
function chosenArguments({ function: name, args }: Call): readonly Expression[] | null {
  switch (name) {
    case 'case':
    case 'if':
      return args.filter((_, index) => index % 2 === 1 || index === args.length - 1);
    case 'coalesce':
    case 'nullif':
      return args;
    default:
      return null;
  }
}
