import type { FaultKind } from './kinds.ts';

/** Clients that die, and clients that stand still for longer than their session lives. */
export const CLIENT_FAULTS: readonly FaultKind[] = [
  {
    name: 'kill a client',
    durationMs: 1_000,
    begin: ({ world }) => {
      const client = world.prng.pick(world.clients);
      if (!client.isUp || client.isDone) return null;
      client.crash();
      return () => client.restart();
    },
  },
  {
    name: 'pause a client',
    durationMs: 6_000,
    begin: ({ world }) => {
      const client = world.prng.pick(world.clients);
      if (!client.isUp) return null;
      client.pause();
      return () => client.resume();
    },
  },
];
