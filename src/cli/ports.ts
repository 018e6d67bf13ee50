import { EngineError } from '../base/errors.ts';

/** The ports that roles use when nothing else is said; peers and ZooKeeper's as ZooKeeper has them. */
export const DEFAULT_PORTS = {
  coordinator: 2181,
  coordinatorHttp: 8080,
  controller: 9000,
  server: 8098,
  broker: 8099,
} as const;

/**
 * A default port, shifted.
 *
 * @throws EngineError BAD_REQUEST when that is no port.
 */
export function portOf(role: keyof typeof DEFAULT_PORTS, offset: number): number {
  const port = DEFAULT_PORTS[role] + offset;
  if (port >= 1 && port <= 65_535) return port;
  throw new EngineError(
    'BAD_REQUEST',
    `--port-offset ${offset} puts the ${role} at port ${port}; ports are 1 to 65535`,
  );
}
