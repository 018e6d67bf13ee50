import type { FaultKind } from './kinds.ts';

/** Nodes that die, all at once or one by one, and nodes that stand still. */
export const PROCESS_FAULTS: readonly FaultKind[] = [
  {
    name: 'kill a node',
    durationMs: 2_000,
    begin: ({ world }) => {
      const node = world.prng.pick(world.nodes);
      if (!node.isUp) return null;
      node.crash('kill');
      return () => node.start();
    },
  },
  {
    name: 'power off a node',
    durationMs: 4_000,
    begin: ({ world }) => {
      const node = world.prng.pick(world.nodes);
      if (!node.isUp) return null;
      node.crash('power');
      return () => node.start();
    },
  },
  {
    // One leader after another: what one of them began is for the next to end.
    name: 'power off the leader',
    durationMs: 1_000,
    begin: ({ world }) => {
      const leader = world.nodes.find((node) => node.status()?.role === 'leader');
      if (leader === undefined) return null;
      leader.crash('power');
      return () => leader.start();
    },
  },
  {
    name: 'power off all nodes',
    durationMs: 3_000,
    begin: ({ world }) => {
      if (world.prng.float() < 0.7) return null;
      for (const node of world.nodes) node.crash('power');
      return () => {
        for (const node of world.nodes) node.start();
      };
    },
  },
  {
    name: 'pause a node',
    durationMs: 3_000,
    begin: ({ world }) => {
      const node = world.prng.pick(world.nodes);
      if (!node.isUp || node.isPaused) return null;
      node.pause();
      return () => node.resume();
    },
  },
];
