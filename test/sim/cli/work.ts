import { failureReport } from '../report.ts';
import { findSabotage } from '../sabotage/catalogue.ts';
import { type SimulationOptions, simulate } from '../simulation.ts';
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
  const options = optionsOf(asked);
  for (let seed = range.firstSeed; ; seed += range.stride) {
    if (totals.seeds >= seedsMax || totals.simulatedMs >= msMax) return totals;
    const outcome = await simulate(seed, options);
    addOutcome(totals, outcome);
    if (outcome.failure !== null) tell(failureReport(outcome, asked));
    progress(totals);
  }
}

/** Settings of the simulations that were asked for. */
export function optionsOf(asked: SimArguments): SimulationOptions {
  const alterations = asked.sabotage === null ? {} : findSabotage(asked.sabotage).plant();
  return { alterations, eventsShown: asked.events, isLong: asked.hours !== null };
}
