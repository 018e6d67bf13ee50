import type { TextPosition } from '../base/errors.ts';
import { bindError, type Scope } from './bind-scope.ts';
import type { Operand } from './coerce.ts';
import type { Expression, Literal } from './expression.ts';
import { call, isCall, literal } from './expression-tools.ts';
import { foldFunctionName } from './function-name.ts';
import { type FunctionSignature, simple } from './function-signatures/signature.ts';

/**
 * Functions of chance, as Impala has them. The binder replaces a call by one of a function of a seed and
 * the row, so that an answer depends on the seed and the rows alone, whoever computes it and in which order.
 */
export const CHANCE_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'rand',
    'A random number from 0 to below 1, another one for each row; with a seed always the same.',
    ['BIGINT'],
    'DOUBLE',
    { optionalCount: 1, aliases: ['random'] },
  ),
  simple('uuid', 'A random UUID of version 4, another one for each row.', [], 'STRING'),
];

const byFoldedName = new Map(
  CHANCE_FUNCTIONS.flatMap((signature) =>
    [signature.name, ...signature.aliases].map((name) => [foldFunctionName(name), signature]),
  ),
);

/** Finds a function of chance by its name or an alias of it. */
export function findChanceFunction(name: string): FunctionSignature | undefined {
  return byFoldedName.get(foldFunctionName(name));
}

/**
 * Binds a function of chance, which has as many operands as it takes.
 *
 * @throws EngineError TYPE_MISMATCH or NOT_SUPPORTED for a seed that is no whole constant, NOT_SUPPORTED
 *   for none where there is no chance.
 */
export function bindChance(
  { name }: FunctionSignature,
  [seed]: readonly Operand[],
  { chance }: Scope,
  position: TextPosition,
): Expression {
  const draw = (): Expression => {
    if (chance.randomBits !== null) return literal('BIGINT', chance.randomBits());
    throw bindError('NOT_SUPPORTED', `${name} without a seed is not supported here`, position);
  };
  if (name === 'uuid') return call('uuid_at', [draw(), draw(), ...chance.row], 'STRING', position);
  const start = seed === undefined ? draw() : seedOf(seed);
  return call('rand_at', [start, ...chance.row], 'DOUBLE', position);
}

function seedOf({ expression, position }: Operand): Literal {
  const isNegated = isCall(expression, 'negate');
  const constant = isNegated ? expression.args[0]! : expression;
  const value = constant.kind === 'literal' ? constant.value : null;
  const isWhole = typeof value === 'bigint' || Number.isInteger(value);
  if (isWhole && value !== null && typeof value !== 'string') {
    return literal('BIGINT', BigInt(value) * (isNegated ? -1n : 1n));
  }
  const message = 'rand takes a whole constant as seed; rand_at(seed, text, number) takes columns';
  throw bindError(
    constant.kind === 'literal' ? 'TYPE_MISMATCH' : 'NOT_SUPPORTED',
    message,
    position,
  );
}
