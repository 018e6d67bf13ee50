import { AssertionError } from '../base/assert.ts';
import { EngineError, type ErrorCode, errorMessage } from '../base/errors.ts';

/** An entry of the `exceptions` list in a Pinot response. */
export interface PinotException {
  readonly errorCode: number;
  readonly message: string;
}

/** One of Pinot's query errors (its `QueryErrorCode`): number, message prefix and HTTP status. */
interface PinotError {
  readonly number: number;
  readonly name: string;
  readonly httpStatus: 400 | 404 | 408 | 429 | 500 | 503;
}

const SQL_PARSING: PinotError = { number: 150, name: 'SQLParsingError', httpStatus: 400 };
const QUERY_VALIDATION: PinotError = { number: 700, name: 'QueryValidationError', httpStatus: 400 };
const QUERY_EXECUTION: PinotError = { number: 200, name: 'QueryExecutionError', httpStatus: 500 };
const INTERNAL: PinotError = { number: 450, name: 'InternalError', httpStatus: 500 };

const PINOT_ERRORS: Readonly<Record<ErrorCode, PinotError>> = {
  SQL_SYNTAX: SQL_PARSING,
  INVALID_QUERY: QUERY_VALIDATION,
  TYPE_MISMATCH: QUERY_VALIDATION,
  UNKNOWN_TABLE: { number: 190, name: 'TableDoesNotExistError', httpStatus: 404 },
  TABLE_DISABLED: { number: 191, name: 'TableIsDisabledError', httpStatus: 404 },
  UNKNOWN_COLUMN: { number: 710, name: 'UnknownColumnError', httpStatus: 400 },
  UNKNOWN_FUNCTION: QUERY_VALIDATION,
  UNKNOWN_OPTION: QUERY_VALIDATION,
  NOT_SUPPORTED: { number: 720, name: 'QueryPlanningError', httpStatus: 400 },
  NUMERIC_OVERFLOW: QUERY_EXECUTION,
  BAD_CAST: QUERY_EXECUTION,
  BAD_REQUEST: { number: 100, name: 'JsonParsingError', httpStatus: 400 },
  TIMEOUT: { number: 250, name: 'ExecutionTimeoutError', httpStatus: 408 },
  CANCELLED: { number: 503, name: 'QueryCancellationError', httpStatus: 503 },
  GROUP_LIMIT: { number: 245, name: 'ServerResourceLimitExceededError', httpStatus: 503 },
  MEMORY_LIMIT: { number: 245, name: 'ServerResourceLimitExceededError', httpStatus: 503 },
  SPILL_LIMIT: { number: 245, name: 'ServerResourceLimitExceededError', httpStatus: 503 },
  SERVER_UNAVAILABLE: { number: 427, name: 'ServerNotRespondingError', httpStatus: 503 },
  SEGMENT_UNAVAILABLE: { number: 305, name: 'BrokerSegmentUnavailableError', httpStatus: 503 },
  SERVER_BUSY: { number: 211, name: 'ServerOutOfCapacityError', httpStatus: 503 },
  TOO_MANY_REQUESTS: { number: 429, name: 'TooManyRequestsError', httpStatus: 429 },
  CORRUPT_DATA: QUERY_EXECUTION,
  SCHEMA_MISMATCH: QUERY_EXECUTION,
  NOT_FOUND: { number: 410, name: 'BrokerResourceMissingError', httpStatus: 503 },
  ALREADY_EXISTS: QUERY_VALIDATION,
  CONFLICT: INTERNAL,
  ADDRESS_IN_USE: INTERNAL,
  IO: INTERNAL,
  SESSION_EXPIRED: INTERNAL,
  AUTH_FAILED: INTERNAL,
  FORBIDDEN: INTERNAL,
  CONNECTION_LOSS: INTERNAL,
};

/**
 * Pinot's form of an error. The message of a defect in Nyala is not shown, since it can hold data;
 * an EngineError's message is made for users.
 */
export function pinotException(error: unknown): PinotException {
  const { number, name } = pinotError(error);
  return { errorCode: number, message: `${name}: ${userMessage(error)}` };
}

/** The HTTP status of an error, for callers that ask for statuses. */
export function pinotHttpStatus(error: unknown): PinotError['httpStatus'] {
  return pinotError(error).httpStatus;
}

/** True for errors that are defects of Nyala, which belong into its log. */
export function isInternalError(error: unknown): boolean {
  return !(error instanceof EngineError);
}

/** The text for users: where it went wrong stands at the end, when it is known. */
function userMessage(error: unknown): string {
  if (!(error instanceof EngineError)) {
    const kind = error instanceof AssertionError ? 'a broken invariant' : 'an unexpected failure';
    return `broker: ${kind} inside the engine; its log says more`;
  }
  const message = errorMessage(error);
  const { position } = error;
  if (position === undefined || /\bline \d/.test(message)) return message;
  return `${message} at line ${position.line}, column ${position.column}`;
}

function pinotError(error: unknown): PinotError {
  return error instanceof EngineError ? PINOT_ERRORS[error.code] : INTERNAL;
}
