import type { Prng } from '../../src/base/prng.ts';
import type { ClusterPlan } from './cluster.ts';
import type { Alterations } from './cluster-node.ts';
import { CLUSTER_SIZES, type RaftSizes } from './node-under-test.ts';
import { chance, logUniform } from './random.ts';

/** Large clusters cost most while nothing happens, and a long run is mostly that. */
const LONG_VOTERS_MAX = 5;

/** Everything about a simulation that is drawn before it begins, except the faults. */
export interface SimulationPlan extends ClusterPlan {
  /** One-way latency between hosts. */
  readonly latencyMs: number;
  /** Pause between two operations of a client. */
  readonly thinkMs: number;
  /** How long faults happen. */
  readonly safetyMs: number;
  /** Whether somebody changes the members, and how many voters are left then at least. */
  readonly votersMin: number;
  /** From one fault to the next, on average. */
  readonly faultIntervalMs: number;
}

/**
 * Draws a plan: sizes, speeds and rhythms, each of them over its whole range.
 *
 * @param alterations the only part that is not drawn.
 */
export function drawPlan(prng: Prng, alterations: Alterations): SimulationPlan {
  const voters = prng.pick(CLUSTER_SIZES);
  const changesMembers = voters > 1 && chance(prng, 0.3);
  return {
    voters,
    votersMin: changesMembers ? Math.min(3, voters - 1) : voters,
    observers: voters > 1 && chance(prng, 0.25) ? prng.integer(1, 3) : 0,
    clients: prng.integer(2, 6),
    sessionTimeoutMs: prng.integer(3_000, 10_000),
    snapshotEntries: Math.round(logUniform(prng, 10, 2_000)),
    raftSizes: drawRaftSizes(prng),
    clockDrift: prng.pick([0, 0.001, 0.02]),
    alterations,
    latencyMs: logUniform(prng, 0.1, 30),
    thinkMs: logUniform(prng, 60, 1_000),
    safetyMs: prng.integer(20_000, 50_000),
    faultIntervalMs: logUniform(prng, 500, 8_000),
  };
}

/**
 * Small ones half of the time: what production sends in one message takes many then, and between any
 * two of them something can happen.
 */
function drawRaftSizes(prng: Prng): RaftSizes | null {
  if (chance(prng, 0.5)) return null;
  return {
    appendBytesMax: logUniform(prng, 1, 10_000),
    inflightMessagesMax: Math.round(logUniform(prng, 1, 256)),
    snapshotChunkBytes: Math.round(logUniform(prng, 64, 10_000)),
    retainedBytesMax: logUniform(prng, 1_000, 1_000_000),
  };
}

/** Draws a plan for a long run, in which most of the time little happens. */
export function drawLongPlan(prng: Prng, alterations: Alterations): SimulationPlan {
  const plan = drawPlan(prng, alterations);
  return {
    ...plan,
    voters: Math.min(plan.voters, LONG_VOTERS_MAX),
    votersMin: Math.min(plan.votersMin, LONG_VOTERS_MAX),
    thinkMs: logUniform(prng, 2_000, 30_000),
    safetyMs: prng.integer(600_000, 1_800_000),
    faultIntervalMs: logUniform(prng, 5_000, 30_000),
  };
}
