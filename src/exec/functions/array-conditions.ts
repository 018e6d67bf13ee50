import { ELEMENT } from '../../sql/element.ts';
import type { Call, Expression } from '../../sql/expression.ts';
import { collectColumns } from '../../sql/expression-tools.ts';
import { byRow, ownersOf, withElements } from '../array-dictionary.ts';
import type { Vector } from '../vector.ts';
import { flat, type Implementation, lazy, type Scope } from './implementation.ts';
import { flagsOf, nullsOf } from './memory.ts';
import { toVector } from './rows.ts';

/** Conditions on the elements of arrays. */
export const ARRAY_CONDITIONS: Readonly<Record<string, Implementation>> = {
  array_any: lazy(anyElement),
};

/** Of an entry or a row: no element is true of a condition, one is, or one may be. */
const NONE = 0;
const SOME = 1;
const UNKNOWN = 2;

/**
 * A condition on elements alone is evaluated once for each array of the dictionary, another on every row's
 * elements.
 */
function anyElement({ args }: Call, scope: Scope): Vector {
  const [array, condition] = args as readonly [Expression, Expression];
  const { rowCount } = scope;
  const vector = withElements(toVector(scope.evaluate(array), rowCount));
  const names = new Set<string>();
  collectColumns(condition, names);
  names.delete(ELEMENT);
  const { codes, dictionary, nulls: arrayNulls } = names.size === 0 ? vector : byRow(vector);
  const { offsets, elements } = dictionary;
  const owners = ownersOf(offsets);
  // Which row an entry belongs to matters only where each has its own.
  const rows = names.size === 0 ? new Uint32Array(owners.length) : owners;
  const found = new Uint8Array(dictionary.length);
  if (owners.length > 0) {
    const result = scope.elements(elements, rows).evaluate(condition);
    const flags = flagsOf(result, owners.length);
    const unknown = nullsOf(result, owners.length);
    for (let at = 0; at < owners.length; at++) {
      const entry = owners[at]!;
      if (unknown?.[at] === 1) {
        if (found[entry] === NONE) found[entry] = UNKNOWN;
      } else if (flags[at] === 1) {
        found[entry] = SOME;
      }
    }
  }
  const data = new Uint8Array(rowCount);
  const nulls = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const state = found[codes[row]!]!;
    data[row] = state === SOME ? 1 : 0;
    nulls[row] = state === UNKNOWN || arrayNulls?.[row] === 1 ? 1 : 0;
  }
  return flat('BOOLEAN', data, nulls.includes(1) ? nulls : null);
}
