import type { SimulatedNode } from '../cluster-node.ts';
import { logUniform } from '../random.ts';
import type { FaultContext, FaultKind, Heal } from './kinds.ts';

const LOOK_EVERY_MS = 5;

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
    name: 'leaders that do not last',
    durationMs: 8_000,
    begin: unsteadyLeadership,
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

/**
 * Whoever becomes the leader loses power soon after, in the middle of what a leader does first; so
 * entries of several terms come to be in some logs and not in others.
 */
function unsteadyLeadership({ world }: FaultContext): Heal {
  let isOver = false;
  let felledTerm = 0;
  const look = (): void => {
    if (isOver) return;
    world.scheduler.after(LOOK_EVERY_MS, look);
    for (const node of world.nodes) {
      const status = node.status();
      if (status === null || status.role !== 'leader' || status.term <= felledTerm) continue;
      felledTerm = status.term;
      world.scheduler.after(logUniform(world.prng, 1, 500), () => fell(node));
    }
  };
  const fell = (node: SimulatedNode): void => {
    if (isOver || !node.isUp) return;
    node.crash('power');
    world.scheduler.after(logUniform(world.prng, 50, 2_000), () => node.start());
  };
  look();
  return () => {
    isOver = true;
  };
}
