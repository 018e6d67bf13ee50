import { isSameText } from '../base/array-text.ts';
import { assert } from '../base/assert.ts';
import { type DataType, isArray, isNumeric } from '../base/types.ts';
import { foldFunctionName } from './function-name.ts';
import { ARRAY_FUNCTIONS } from './function-signatures/arrays.ts';
import { BASE_FUNCTIONS } from './function-signatures/bases.ts';
import { BIT_FUNCTIONS } from './function-signatures/bits.ts';
import { DATE_MOVE_FUNCTIONS } from './function-signatures/date-moves.ts';
import { DATE_TEXT_FUNCTIONS } from './function-signatures/date-text.ts';
import { DATE_FUNCTIONS } from './function-signatures/dates.ts';
import { EPOCH_FUNCTIONS } from './function-signatures/epochs.ts';
import { HASH_FUNCTIONS } from './function-signatures/hashes.ts';
import { JSON_FUNCTIONS } from './function-signatures/jsons.ts';
import { MATCH_FUNCTIONS } from './function-signatures/matches.ts';
import { MATH_FUNCTIONS } from './function-signatures/math.ts';
import { NULL_FUNCTIONS } from './function-signatures/nulls.ts';
import { NUMBER_FUNCTIONS } from './function-signatures/numbers.ts';
import { OPERATORS } from './function-signatures/operators.ts';
import { REGEXP_FUNCTIONS } from './function-signatures/regexps.ts';
import type { FunctionSignature } from './function-signatures/signature.ts';
import { STRING_FUNCTIONS } from './function-signatures/strings.ts';
import { DISTANCE_FUNCTIONS, TEXT_FUNCTIONS } from './function-signatures/texts.ts';
import { URL_FUNCTIONS } from './function-signatures/urls.ts';
import { ZONE_FUNCTIONS } from './function-signatures/zones.ts';

export { commonType, type FunctionSignature } from './function-signatures/signature.ts';

/** All scalar functions and operators by their canonical name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map(
  [
    OPERATORS,
    STRING_FUNCTIONS,
    MATH_FUNCTIONS,
    DATE_FUNCTIONS,
    NUMBER_FUNCTIONS,
    BIT_FUNCTIONS,
    BASE_FUNCTIONS,
    HASH_FUNCTIONS,
    NULL_FUNCTIONS,
    DATE_MOVE_FUNCTIONS,
    DATE_TEXT_FUNCTIONS,
    EPOCH_FUNCTIONS,
    ZONE_FUNCTIONS,
    MATCH_FUNCTIONS,
    ARRAY_FUNCTIONS,
    REGEXP_FUNCTIONS,
    TEXT_FUNCTIONS,
    DISTANCE_FUNCTIONS,
    URL_FUNCTIONS,
    JSON_FUNCTIONS,
  ].flatMap((group) => group.map((signature) => [signature.name, signature] as const)),
);

const byFoldedName = indexByFoldedName();

/**
 * Finds a function by its name or an alias of it, without regard to case and underscores, as Pinot
 * does (`dateTrunc` is `date_trunc`).
 */
export function findFunction(name: string): FunctionSignature | undefined {
  return byFoldedName.get(foldFunctionName(name));
}

/**
 * True when an explicit CAST between the types exists: between numbers and BOOLEAN, between DATE and
 * TIMESTAMP, and between STRING and everything; of arrays to STRING, and of integers to wider ones.
 */
export function canCast(from: DataType, to: DataType): boolean {
  if (from === to) return true;
  if (isArray(to)) return isArray(from) && isSameText(from, to);
  if (from === 'STRING' || to === 'STRING') return true;
  const isDate = (type: DataType) => type === 'DATE' || type === 'TIMESTAMP';
  const isNumber = (type: DataType) => isNumeric(type) || type === 'BOOLEAN';
  return (isDate(from) && isDate(to)) || (isNumber(from) && isNumber(to));
}

function indexByFoldedName(): ReadonlyMap<string, FunctionSignature> {
  const index = new Map<string, FunctionSignature>();
  for (const signature of FUNCTIONS.values()) {
    for (const name of [signature.name, ...signature.aliases]) {
      assert(!index.has(foldFunctionName(name)), () => `two functions are called ${name}`);
      index.set(foldFunctionName(name), signature);
    }
  }
  return index;
}
