import { failureReport } from '../report.ts';
import { CLUSTER, COORDINATOR, type SimulatedSystem, type SimulationRequest } from '../systems.ts';
import type { SimArguments } from './arguments.ts';
import { addOutcome, noTotals, type Totals } from './totals.ts';

const MS_PER_HOUR = 3_600_000;

/**
 * Runs simulations one after another: seeds from `firstSeed` on, `stride` apart, until there have
 * been enough of them or of simulated hours.
 */
export async function workThrough(
  asked: SimArguments,
  range: { firstSeed: number; stride: number; share: number },
  tell: (line: string) => void,
  progress: (totals: Totals) => void,
): Promise<Totals> {
  const totals = noTotals();
  const seedsMax = asked.seeds === null ? Number.POSITIVE_INFINITY : asked.seeds * range.share;
  const msMax =
    asked.hours === null ? Number.POSITIVE_INFINITY : asked.hours * MS_PER_HOUR * range.share;
  const system = systemOf(asked);
  const request = requestOf(asked);
  for (let seed = range.firstSeed; ; seed += range.stride) {
    if (totals.seeds >= seedsMax || totals.simulatedMs >= msMax) return totals;
    const outcome = await system.simulate(seed, request);
    addOutcome(totals, outcome);
    if (outcome.failure !== null) tell(failureReport(outcome, asked));
    progress(totals);
  }
}

/** What was asked to be simulated. */
export function systemOf({ isCluster }: SimArguments): SimulatedSystem {
  return isCluster ? CLUSTER : COORDINATOR;
}

/** How it was asked to be simulated. */
export function requestOf({ sabotage, events, hours }: SimArguments): SimulationRequest {
  return { sabotage, eventsShown: events, isLong: hours !== null };
}
