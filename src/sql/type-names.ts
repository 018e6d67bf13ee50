import { EngineError, type TextPosition } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import { BIG_DECIMAL, type DataType, decimalType, isDecimalShape } from '../base/types.ts';

/** The spellings of our types that SQL dialects use. */
const NAMES: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ['BOOLEAN', 'BOOLEAN'],
  ['BOOL', 'BOOLEAN'],
  ['TINYINT', 'TINYINT'],
  ['INT1', 'TINYINT'],
  ['SMALLINT', 'SMALLINT'],
  ['INT2', 'SMALLINT'],
  ['SHORT', 'SMALLINT'],
  ['INT', 'INT'],
  ['INTEGER', 'INT'],
  ['INT4', 'INT'],
  ['BIGINT', 'BIGINT'],
  ['LONG', 'BIGINT'],
  ['INT8', 'BIGINT'],
  ['FLOAT', 'FLOAT'],
  ['REAL', 'FLOAT'],
  ['FLOAT4', 'FLOAT'],
  ['DOUBLE', 'DOUBLE'],
  ['DOUBLE PRECISION', 'DOUBLE'],
  ['FLOAT8', 'DOUBLE'],
  ['BIG_DECIMAL', BIG_DECIMAL],
  ['STRING', 'STRING'],
  ['VARCHAR', 'STRING'],
  ['CHARACTER VARYING', 'STRING'],
  ['TEXT', 'STRING'],
  ['BYTES', 'BYTES'],
  ['BINARY', 'BYTES'],
  ['VARBINARY', 'BYTES'],
  ['BLOB', 'BYTES'],
  ['BYTEA', 'BYTES'],
  ['JSON', 'JSON'],
  ['TIMESTAMP', 'TIMESTAMP'],
  ['TIMESTAMP WITHOUT TIME ZONE', 'TIMESTAMP'],
  ['DATETIME', 'TIMESTAMP'],
  ['DATE', 'DATE'],
]);

/** Types that SQL systems have and this engine does not. */
const OTHERS: ReadonlySet<string> = new Set([
  ...['ARRAY', 'CHAR', 'CHARACTER', 'HUGEINT'],
  ...['INTERVAL', 'MAP', 'STRUCT', 'TIME', 'TIMESTAMPTZ'],
  'UUID',
]);

/** The type of this name in any dialect, without regard to case. */
export function knownType(name: string): DataType | undefined {
  return NAMES.get(name.toUpperCase()) ?? knownDecimal(name);
}

const DECIMAL_NAME = /^(?:DECIMAL|DEC|NUMERIC)(?:\((\d{1,4})(?:, ?(\d{1,4}))?\))?$/i;

/** `DECIMAL` alone is DECIMAL(9,0), as in Impala. */
function knownDecimal(name: string): DataType | undefined {
  const match = DECIMAL_NAME.exec(name);
  if (match === null) return undefined;
  const [precision, scale] = [Number(match[1] ?? 9), Number(match[2] ?? 0)];
  return isDecimalShape(precision, scale) ? decimalType(precision, scale) : undefined;
}

/**
 * The type that a name in CAST means.
 *
 * @throws EngineError NOT_SUPPORTED for a type of other systems, TYPE_MISMATCH for an unknown name.
 */
export function findType(name: string, position: TextPosition): DataType {
  const upper = name.toUpperCase();
  const type = knownType(name);
  if (type !== undefined) return type;
  if (DECIMAL_NAME.test(name)) {
    const found = `found ${upper}`;
    const message = `binder: a DECIMAL has 1 to 38 digits, and at most as many behind the point, ${found}`;
    throw new EngineError('TYPE_MISMATCH', message, { position });
  }
  if (OTHERS.has(upper)) {
    throw new EngineError('NOT_SUPPORTED', `binder: the type ${upper} is not supported`, {
      position,
    });
  }
  const hint = didYouMean(upper, NAMES.keys());
  throw new EngineError('TYPE_MISMATCH', `binder: unknown type ${name}${hint}`, { position });
}
