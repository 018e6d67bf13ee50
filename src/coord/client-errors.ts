import { EngineError, type ErrorCode } from '../base/errors.ts';
import { ErrorNumber } from './core/error-codes.ts';

const MEANINGS: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map([
  [ErrorNumber.NO_AUTH, ['FORBIDDEN', 'its access list does not allow it']],
  [ErrorNumber.INVALID_ACL, ['BAD_REQUEST', 'the access list is not valid']],
  [ErrorNumber.AUTH_FAILED, ['AUTH_FAILED', 'the server does not believe who the client is']],
  [
    ErrorNumber.SESSION_CLOSED_REQUIRE_AUTH,
    ['AUTH_FAILED', 'the server serves only clients that have authenticated'],
  ],
  [ErrorNumber.NO_NODE, ['NOT_FOUND', 'no such node']],
  [ErrorNumber.NODE_EXISTS, ['ALREADY_EXISTS', 'the node exists']],
  [ErrorNumber.BAD_VERSION, ['CONFLICT', 'somebody else changed the node first']],
  [ErrorNumber.NOT_EMPTY, ['CONFLICT', 'the node has children']],
  [ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS, ['CONFLICT', 'ephemeral nodes cannot have children']],
  [ErrorNumber.SESSION_EXPIRED, ['SESSION_EXPIRED', 'the session has ended']],
  [ErrorNumber.BAD_ARGUMENTS, ['BAD_REQUEST', 'the path or an argument is malformed']],
  [ErrorNumber.MARSHALLING, ['BAD_REQUEST', 'the server could not read the request']],
  [
    ErrorNumber.NOT_READ_ONLY,
    ['SERVER_UNAVAILABLE', 'the server is cut off and serves reads only'],
  ],
  [
    ErrorNumber.EPHEMERAL_ON_LOCAL_SESSION,
    ['NOT_SUPPORTED', 'the session is local, and may not own ephemeral nodes'],
  ],
  [ErrorNumber.UNIMPLEMENTED, ['NOT_SUPPORTED', 'the server does not have this operation']],
] as const);

/**
 * A server's error number as an `EngineError`.
 *
 * @param what the operation and its path: `create /a/b`.
 */
export function errorOfNumber(number: number, what: string): EngineError {
  const [code, text] = MEANINGS.get(number) ?? (['IO', 'refused by the server'] as const);
  return new EngineError(code, `coord: ${what}: ${text} (ZooKeeper error ${number})`);
}
