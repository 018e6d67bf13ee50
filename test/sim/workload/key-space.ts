import type { Prng } from '../../../src/base/prng.ts';

/** Parents that exist for ever, and what lives below them. */
export const PARENT = {
  /** Nodes that are created, set, read and deleted one by one. */
  REGISTERS: '/r',
  /** Nodes that multis change together. */
  GROUP: '/m',
  /** Sequential nodes, persistent and ephemeral. */
  QUEUE: '/q',
  /** Ephemeral nodes with fixed names. */
  EPHEMERALS: '/e',
} as const;

/** All parents. */
export const PARENTS: readonly string[] = Object.values(PARENT);

const REGISTERS = ['a', 'b', 'c', 'd'].map((name) => `${PARENT.REGISTERS}/${name}`);
const GROUP = ['x', 'y', 'z'].map((name) => `${PARENT.GROUP}/${name}`);
const EPHEMERALS = ['u', 'v', 'w'].map((name) => `${PARENT.EPHEMERALS}/${name}`);

/** Nodes with fixed names, all that a final reading looks at one by one. */
export const FIXED_NODES: readonly string[] = [...REGISTERS, ...GROUP];

/** Draws a node: most often a register. */
export function drawNode(prng: Prng): string {
  const drawn = prng.float();
  if (drawn < 0.6) return prng.pick(REGISTERS);
  return prng.pick(drawn < 0.85 ? GROUP : EPHEMERALS);
}

/** Draws a register. */
export function drawRegister(prng: Prng): string {
  return prng.pick(prng.float() < 0.7 ? REGISTERS : GROUP);
}

/** Draws an ephemeral node with a fixed name. */
export function drawEphemeral(prng: Prng): string {
  return prng.pick(EPHEMERALS);
}

/** Draws two different nodes of the group. */
export function drawPair(prng: Prng): [string, string] {
  const first = prng.integer(0, GROUP.length);
  const second = (first + prng.integer(1, GROUP.length)) % GROUP.length;
  return [GROUP[first]!, GROUP[second]!];
}
