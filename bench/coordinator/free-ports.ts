import { createServer } from 'node:net';

/**
 * Below the ports that systems hand out by themselves, so that nobody who asks for any free port gets
 * one of these before its server has it.
 */
const FIRST_PORT = 10_000;
const PORT_COUNT = 14_000;

const given = new Set<number>();

/** Ports of the loopback interface that nobody holds now; this process gets each only once. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

/** True when nobody listens on a port of the loopback interface. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
