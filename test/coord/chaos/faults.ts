import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildServer } from '../../../bench/coordinator/child-server.ts';
import type { Prng } from '../../../src/base/prng.ts';
import type { WriteTimes } from './writers.ts';

/** Something that was done to a server. */
export interface Fault {
  readonly kind: 'kill' | 'pause';
  /** Index of the server. */
  readonly server: number;
  /** Whether it led, or served alone. */
  readonly wasLeader: boolean;
  /** `performance.now()` when it was done. */
  readonly atMs: number;
}

/**
 * Does something to one server after the other, with a random time of 2 to 5 seconds in between:
 * kills it and starts it again, or stops its process and lets it go on.
 *
 * @returns what was done, once `endMs` is over and all servers run.
 */
export async function harass(
  servers: readonly ChildServer[],
  prng: Prng,
  endMs: number,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  while (true) {
    await sleep(prng.integer(2_000, 5_000));
    if (performance.now() >= endMs) return faults;
    const index = prng.integer(0, servers.length);
    const server = servers[index]!;
    const kind = prng.pick(['kill', 'pause'] as const);
    const mode = await server.mode();
    const wasLeader = mode === 'leader' || mode === 'standalone';
    const awayMs = prng.integer(200, 3_000);
    if (kind === 'kill') await server.kill();
    faults.push({ kind, server: index, wasLeader, atMs: performance.now() });
    if (kind === 'kill') {
      await sleep(awayMs);
      server.start();
    } else {
      server.signal('SIGSTOP');
      await sleep(awayMs);
      server.signal('SIGCONT');
    }
  }
}

/**
 * How long it took until a write that began later was acknowledged, for each leader that was killed.
 * Infinite when none was.
 */
export function recoveryTimesMs(faults: readonly Fault[], writes: readonly WriteTimes[]): number[] {
  return faults
    .filter(({ kind, wasLeader }) => kind === 'kill' && wasLeader)
    .map(({ atMs }) => {
      const later = writes.filter(({ begunMs }) => begunMs > atMs);
      return later.reduce((first, { answeredMs }) => Math.min(first, answeredMs), Infinity) - atMs;
    });
}
