import type { Expression } from './expression.ts';
import { call, column, literal } from './expression-tools.ts';

/** What the functions of chance draw from. */
export interface Chance {
  /** 64 random bits; null where there are none. */
  readonly randomBits: (() => bigint) | null;
  /** A text and a number that no two rows have in common. */
  readonly row: readonly [Expression, Expression];
}

/** A row is told from others by its segment and its number there. */
const ROW = [column('$segmentName', 'STRING'), column('$docId', 'INT')] as const;

/** Chance over the rows of FROM, or over the one row of a query without it. */
export function chanceOf(randomBits: (() => bigint) | undefined, hasTable: boolean): Chance {
  const one = [literal('STRING', ''), literal('INT', 0)] as const;
  return { randomBits: randomBits ?? null, row: hasTable ? ROW : one };
}

/**
 * A function of chance over rows as one over groups, which their keys tell apart; null for other
 * expressions.
 */
export function chanceOfGroup(
  expression: Expression,
  keys: readonly Expression[],
): Expression | null {
  if (expression.kind !== 'call' || !expression.args.includes(ROW[0])) return null;
  const texts = keys.flatMap(({ type }, index) => {
    const key = column(`$key${index}`, type);
    const text = type === 'STRING' ? key : call('cast', [key], 'STRING');
    return [call('coalesce', [text, literal('STRING', 'NULL')], 'STRING'), literal('STRING', ',')];
  });
  const place = texts.length === 0 ? literal('STRING', '') : call('concat', texts, 'STRING');
  const seeds = expression.args.slice(0, -ROW.length);
  return { ...expression, args: [...seeds, place, literal('INT', 0)] };
}
