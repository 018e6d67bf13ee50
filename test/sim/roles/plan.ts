import type { Prng } from '../../../src/base/prng.ts';
import { chance, logUniform } from '../random.ts';

/** Everything about a simulation of a whole cluster that is drawn before it begins. */
export interface RolePlan {
  readonly coordinators: number;
  readonly controllers: number;
  readonly servers: number;
  readonly brokers: number;
  readonly tables: number;
  /** Clients that change tables, and those that only ask. */
  readonly writers: number;
  readonly readers: number;
  /** One-way latency between hosts. */
  readonly latencyMs: number;
  /** Time of a call of the deep store, at most. */
  readonly storeLatencyMs: number;
  /** Pauses between two operations of a client. */
  readonly writerPauseMs: number;
  readonly readerPauseMs: number;
  /** How far the rates of clocks are from true, at most. */
  readonly clockDrift: number;
  /** How long faults happen, and how far they are apart, on average. */
  readonly safetyMs: number;
  readonly faultIntervalMs: number;
  /** Whether a fault begins only when everything has got over the one before. */
  readonly isOneAtATime: boolean;
}

/** Draws a plan: sizes, speeds and rhythms, each over its whole range. */
export function drawRolePlan(prng: Prng): RolePlan {
  const isOneAtATime = chance(prng, 0.4);
  return {
    coordinators: isOneAtATime ? 3 : prng.pick([1, 3]),
    controllers: 2,
    servers: 3,
    brokers: 2,
    tables: prng.integer(1, 3),
    writers: prng.integer(1, 3),
    readers: prng.integer(1, 3),
    latencyMs: logUniform(prng, 0.2, 25),
    storeLatencyMs: logUniform(prng, 0.1, 20),
    writerPauseMs: logUniform(prng, 800, 4_000),
    readerPauseMs: logUniform(prng, 200, 1_200),
    clockDrift: prng.pick([0, 0.001, 0.02]),
    safetyMs: isOneAtATime ? prng.integer(18_000, 30_000) : prng.integer(8_000, 16_000),
    faultIntervalMs: logUniform(prng, 500, 6_000),
    isOneAtATime,
  };
}
