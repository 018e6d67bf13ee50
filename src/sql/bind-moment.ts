import { splitMicros } from '../base/datetime.ts';
import type { TextPosition } from '../base/errors.ts';
import { bindError, type Scope } from './bind-scope.ts';
import type { Operand } from './coerce.ts';
import type { Expression } from './expression.ts';
import { literal } from './expression-tools.ts';
import { foldFunctionName } from './function-name.ts';
import { type FunctionSignature, simple } from './function-signatures/signature.ts';

/**
 * Functions of the moment at which the statement came in. The binder replaces a call by its value, so
 * that all servers compute with the same moment, and segments are pruned by it.
 */
export const MOMENT_FUNCTIONS: readonly FunctionSignature[] = [
  simple('now', 'The moment at which the statement came in, in UTC.', [], 'TIMESTAMP', {
    aliases: ['current_timestamp', 'utc_timestamp', 'transaction_timestamp'],
  }),
  simple('current_date', 'The day on which the statement came in, in UTC.', [], 'DATE', {
    aliases: ['today', 'curdate'],
  }),
  simple(
    'ago',
    "Milliseconds since 1970 at a time before the statement came in: ago('P1DT12H').",
    ['STRING'],
    'BIGINT',
  ),
];

const byFoldedName = new Map(
  MOMENT_FUNCTIONS.flatMap((signature) =>
    [signature.name, ...signature.aliases].map((name) => [foldFunctionName(name), signature]),
  ),
);

/** Finds a function of the moment by its name or an alias of it. */
export function findMomentFunction(name: string): FunctionSignature | undefined {
  return byFoldedName.get(foldFunctionName(name));
}

/**
 * The value of a function of the moment, which has as many operands as it takes.
 *
 * @throws EngineError TYPE_MISMATCH or BAD_CAST when `ago` is not given a duration as a literal,
 *   NUMERIC_OVERFLOW when the duration leads out of BIGINT.
 */
export function bindMoment(
  { name }: FunctionSignature,
  operands: readonly Operand[],
  { nowMs }: Scope,
): Expression {
  const now = BigInt(Math.floor(nowMs()));
  if (name === 'ago') return millisecondsAgo(operands[0]!, now);
  if (name === 'now') return literal('TIMESTAMP', now * 1000n);
  return literal('DATE', splitMicros(now * 1000n).days);
}

function millisecondsAgo({ expression, position }: Operand, now: bigint): Expression {
  if (expression.kind !== 'literal' || expression.type !== 'STRING') {
    const message = `ago takes an ISO 8601 duration as a literal, such as 'P1DT12H'`;
    throw bindError('TYPE_MISMATCH', message, position);
  }
  if (expression.value === null) return literal('BIGINT', null);
  const value = now - parseDurationMs(String(expression.value), position);
  if (BigInt.asIntN(64, value) !== value) {
    const message = `the duration '${expression.value}' leads out of BIGINT`;
    throw bindError('NUMERIC_OVERFLOW', message, position);
  }
  return literal('BIGINT', value);
}

/** Days, hours, minutes, seconds and a fraction of them; every part may have a sign. */
const DURATION =
  /^([+-])?P(?=.)(?:([+-]?\d{1,15})D)?(?:T(?=.)(?:([+-]?\d{1,15})H)?(?:([+-]?\d{1,15})M)?(?:([+-]?\d{1,15})(?:\.(\d{1,9}))?S)?)?$/i;

/** ISO 8601 without years and months, whose length varies: what java.time.Duration reads, as Pinot does. */
function parseDurationMs(text: string, position: TextPosition): bigint {
  const match = DURATION.exec(text.trim());
  if (match === null) {
    const message = `expected an ISO 8601 duration such as 'P1DT12H' or 'PT30M', found '${text}'`;
    throw bindError('BAD_CAST', message, position);
  }
  const [, sign, days, hours, minutes, seconds, fraction = ''] = match;
  const part = (digits: string | undefined) => BigInt(digits?.replace('+', '') ?? 0);
  const wholeSeconds =
    ((part(days) * 24n + part(hours)) * 60n + part(minutes)) * 60n + part(seconds);
  const rest = BigInt(fraction.padEnd(3, '0').slice(0, 3));
  const milliseconds = wholeSeconds * 1000n + (seconds?.startsWith('-') ? -rest : rest);
  return sign === '-' ? -milliseconds : milliseconds;
}
