import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import { canFail } from './can-fail.ts';
import { flat, type Implementation, lazy, nullable, type Scope, strict } from './implementation.ts';
import { flagsOf, nullsOf } from './memory.ts';
import { rowsWhere } from './rows.ts';

/** Three-valued logic and the tests that turn it into two values. */
export const LOGIC: Readonly<Record<string, Implementation>> = {
  and: lazy((call, scope) => junction(call, scope, 0)),
  or: lazy((call, scope) => junction(call, scope, 1)),
  not: strict(([arg], { rowCount, nulls }) => {
    const flags = flagsOf(arg!, rowCount);
    const data = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++) data[row] = 1 - flags[row]!;
    return flat('BOOLEAN', data, nulls);
  }),
  is_null: nullTest(1),
  is_not_null: nullTest(0),
  is_true: truthTest(1, 1),
  is_not_true: truthTest(1, 0),
  is_false: truthTest(0, 1),
  is_not_false: truthTest(0, 0),
};

/**
 * AND (decided by false, 0) and OR (decided by true, 1). An operand that can fail is evaluated only on
 * the rows that the operands before it leave open, so that `b <> 0 AND a DIV b …` and the like hold.
 */
function junction(call: Call, scope: Scope, deciding: 0 | 1): Vector {
  const { rowCount } = scope;
  const result = new Uint8Array(rowCount).fill(1 - deciding);
  const nulls = new Uint8Array(rowCount);
  let isOpenEverywhere = true;
  for (const operand of call.args) {
    const open =
      isOpenEverywhere || !canFail(operand)
        ? null
        : rowsWhere(rowCount, (row) => result[row] !== deciding);
    if (open?.length === 0) break;
    const narrowed = open === null || open.length === rowCount ? scope : scope.subset(open);
    const argument = narrowed.evaluate(operand);
    const flags = flagsOf(argument, narrowed.rowCount);
    const flagNulls = nullsOf(argument, narrowed.rowCount);
    for (let index = 0; index < narrowed.rowCount; index++) {
      const row = narrowed === scope ? index : open![index]!;
      if (flagNulls?.[index] === 1) nulls[row] = 1;
      else if (flags[index] === deciding) result[row] = deciding;
    }
    isOpenEverywhere = false;
  }
  for (let row = 0; row < rowCount; row++) if (result[row] === deciding) nulls[row] = 0;
  return flat('BOOLEAN', result, nulls.includes(1) ? nulls : null);
}

function nullTest(whenNull: 0 | 1): Implementation {
  return nullable(([arg], { rowCount }) => {
    const nulls = nullsOf(arg!, rowCount);
    const flags = new Uint8Array(rowCount).fill(1 - whenNull);
    if (nulls !== null) {
      for (let row = 0; row < rowCount; row++) if (nulls[row] === 1) flags[row] = whenNull;
    }
    return flat('BOOLEAN', flags, null);
  });
}

function truthTest(truth: 0 | 1, whenEqual: 0 | 1): Implementation {
  return nullable(([arg], { rowCount }) => {
    const nulls = nullsOf(arg!, rowCount);
    const flags = flagsOf(arg!, rowCount);
    const holds = (row: number) => flags[row] === truth && nulls?.[row] !== 1;
    const data = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++) data[row] = holds(row) ? whenEqual : 1 - whenEqual;
    return flat('BOOLEAN', data, null);
  });
}
