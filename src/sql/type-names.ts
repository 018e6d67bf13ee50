import { EngineError, type TextPosition } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { DataType } from '../base/types.ts';

/** The spellings of our types that SQL dialects use. */
const NAMES: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ['BOOLEAN', 'BOOLEAN'],
  ['BOOL', 'BOOLEAN'],
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
  ['STRING', 'STRING'],
  ['VARCHAR', 'STRING'],
  ['CHARACTER VARYING', 'STRING'],
  ['TEXT', 'STRING'],
  ['TIMESTAMP', 'TIMESTAMP'],
  ['TIMESTAMP WITHOUT TIME ZONE', 'TIMESTAMP'],
  ['DATETIME', 'TIMESTAMP'],
  ['DATE', 'DATE'],
]);

/** Types that SQL systems have and this engine does not. */
const OTHERS: ReadonlySet<string> = new Set([
  ...['ARRAY', 'BIG_DECIMAL', 'BINARY', 'BLOB', 'BYTES', 'CHAR', 'CHARACTER', 'DECIMAL', 'HUGEINT'],
  ...['INTERVAL', 'JSON', 'MAP', 'NUMERIC', 'SMALLINT', 'STRUCT', 'TIME', 'TIMESTAMPTZ', 'TINYINT'],
  ...['UUID', 'VARBINARY'],
]);

/** The type of this name in any dialect, without regard to case. */
export function knownType(name: string): DataType | undefined {
  return NAMES.get(name.toUpperCase());
}

/**
 * The type that a name in CAST means.
 *
 * @throws EngineError NOT_SUPPORTED for a type of other systems, TYPE_MISMATCH for an unknown name.
 */
export function findType(name: string, position: TextPosition): DataType {
  const upper = name.toUpperCase();
  const type = NAMES.get(upper);
  if (type !== undefined) return type;
  if (OTHERS.has(upper)) {
    throw new EngineError('NOT_SUPPORTED', `binder: the type ${upper} is not supported`, {
      position,
    });
  }
  const hint = didYouMean(upper, NAMES.keys());
  throw new EngineError('TYPE_MISMATCH', `binder: unknown type ${name}${hint}`, { position });
}
