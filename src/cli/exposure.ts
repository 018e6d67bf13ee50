import { isIP } from 'node:net';
import { EngineError } from '../base/errors.ts';

/**
 * Refuses to listen where other machines reach, since whoever reaches a role may do everything: it does
 * not ask who one is.
 *
 * @param host to listen on.
 * @param isAllowed whether the user has said that the network keeps others away.
 * @throws EngineError NOT_SUPPORTED.
 */
export function checkExposure(host: string, isAllowed: boolean): void {
  if (isAllowed || isLoopback(host)) return;
  throw new EngineError(
    'NOT_SUPPORTED',
    `listening on ${host} would let every machine that reaches it read and drop all tables, since ` +
      'there is no authentication yet; listen on 127.0.0.1, or say --allow-remote (allowRemote: true ' +
      'in a configuration file) if the network keeps others away',
  );
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
