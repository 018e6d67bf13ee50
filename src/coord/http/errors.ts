import { EngineError, type ErrorCode } from '../../base/errors.ts';
import type { Result } from '../core/model.ts';

/** An answer other than success. */
export class HttpRefusal extends EngineError {
  /** HTTP status. */
  readonly status: number;
  /** What programs go by: `NO_NODE`, `BAD_VERSION` … */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param answer HTTP status and what programs go by. */
  constructor(
    answer: { status: number; reason: string; headers?: Record<string, string> },
    message: string,
  ) {
    super('BAD_REQUEST', `coord: ${message}`);
    this.status = answer.status;
    this.reason = answer.reason;
    this.headers = answer.headers ?? {};
  }
}

type Meaning = readonly [status: number, reason: string, text: string];

/** ZooKeeper's error numbers as answers over HTTP: the one table. */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [-2, [409, 'NOT_PERFORMED', 'not performed, because another operation failed']],
  [-4, [503, 'CONNECTION_LOSS', 'the coordinator broke off; whether it happened is unknown']],
  [-5, [400, 'BAD_REQUEST', 'the coordinator could not read the request']],
  [-6, [501, 'UNIMPLEMENTED', 'the coordinator does not have this operation, or not switched on']],
  [-8, [400, 'BAD_ARGUMENTS', 'the path or an argument is malformed, or belongs to the system']],
  [-101, [404, 'NO_NODE', 'no such node']],
  [-102, [403, 'NO_AUTH', 'not permitted; send credentials, or ask who owns the node']],
  [-103, [412, 'BAD_VERSION', 'somebody else changed the node first; read it again']],
  [-108, [409, 'NO_CHILDREN_FOR_EPHEMERALS', 'ephemeral nodes cannot have children']],
  [-110, [409, 'NODE_EXISTS', 'the node exists']],
  [-111, [409, 'NOT_EMPTY', 'the node has children; delete these first']],
  [-112, [503, 'SESSION_EXPIRED', 'the session ended; try again']],
  [-114, [400, 'INVALID_ACL', 'the access list is not valid']],
  [-115, [401, 'AUTH_FAILED', 'the credentials are refused']],
  [-119, [503, 'NOT_READ_ONLY', 'this node only reads until it has found a majority again']],
  [-122, [503, 'REQUEST_TIMEOUT', 'the ensemble took too long; whether it happened is unknown']],
  [-124, [401, 'AUTH_REQUIRED', 'the coordinator requires credentials']],
  [-125, [403, 'QUOTA_EXCEEDED', 'a quota is used up']],
  [-127, [503, 'THROTTLED', 'the coordinator has too much to do; try again']],
] as const);

/** What our own client says when a request got no answer. */
const STATUS_OF_CODE: ReadonlyMap<ErrorCode, number> = new Map([
  ['BAD_REQUEST', 400],
  ['CONNECTION_LOSS', 503],
  ['SERVER_UNAVAILABLE', 503],
  ['SESSION_EXPIRED', 503],
  ['TIMEOUT', 503],
]);

const RETRY_AFTER_SECONDS = '1';

/** @param what the operation and its path: `set /a`. @throws HttpRefusal for an error. */
export function successOf(result: Result, what: string): Exclude<Result, { kind: 'error' }> {
  if (result.kind === 'error') throw refusalOfNumber(result.error, what);
  return result;
}

/** A refusal for one of ZooKeeper's error numbers. */
export function refusalOfNumber(number: number, what: string): HttpRefusal {
  const [status, reason, text] = MEANINGS.get(number) ?? [500, 'FAILED', 'refused'];
  return new HttpRefusal({ status, reason }, `${what}: ${text} (ZooKeeper error ${number})`);
}

/** A malformed request. */
export function badRequest(message: string): HttpRefusal {
  return new HttpRefusal({ status: 400, reason: 'BAD_REQUEST' }, message);
}

/** A body or an answer that is too long. */
export function tooLarge(message: string): HttpRefusal {
  return new HttpRefusal({ status: 413, reason: 'TOO_LARGE' }, message);
}

/** A request whose credentials are missing, malformed or refused. */
export function unauthorized(message: string): HttpRefusal {
  const headers = { 'www-authenticate': 'Basic realm="coordinator", charset="UTF-8"' };
  return new HttpRefusal({ status: 401, reason: 'AUTH_FAILED', headers }, message);
}

/** A condition in a header that does not hold. */
export function preconditionFailed(message: string): HttpRefusal {
  return new HttpRefusal({ status: 412, reason: 'PRECONDITION_FAILED' }, message);
}

/**
 * The answer to a request that failed.
 *
 * @returns null for a defect of ours, of which callers learn nothing.
 */
export function errorResponse(error: unknown): Response | null {
  if (error instanceof HttpRefusal) {
    return refusalResponse(error.status, error.reason, error.message, error.headers);
  }
  const status = error instanceof EngineError ? STATUS_OF_CODE.get(error.code) : undefined;
  if (!(error instanceof EngineError) || status === undefined) return null;
  return refusalResponse(status, error.code, error.message);
}

/** `{"error": …, "message": …}` */
export function refusalResponse(
  status: number,
  reason: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const retry = status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
  return Response.json({ error: reason, message }, { status, headers: { ...headers, ...retry } });
}
