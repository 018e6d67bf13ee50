import type { Outcome } from '../outcome.ts';
import type { SimulatedSystem } from '../systems.ts';

/** How a planted bug was found. */
export interface Catch {
  /** Simulations until then, the one that found it included. */
  readonly seeds: number;
  readonly outcome: Outcome;
}

/** So often must clusters not come to rest before that counts: other checks say more. */
const NOT_CONVERGED_MAX = 5;

/** Runs simulations with a planted bug until it shows; null when it does in none of so many. */
export async function catchSabotage(
  system: SimulatedSystem,
  sabotage: string,
  firstSeed: number,
  seedsMax: number,
): Promise<Catch | null> {
  let notConverged = 0;
  for (let seeds = 1; seeds <= seedsMax; seeds++) {
    const seed = firstSeed + seeds - 1;
    const outcome = await system.simulate(seed, { sabotage });
    if (outcome.failure === null) continue;
    const plain = await system.simulate(seed);
    if (plain.failure !== null) continue;
    if (outcome.failure.kind !== 'no convergence') return { seeds, outcome };
    notConverged++;
    if (notConverged === NOT_CONVERGED_MAX) return { seeds, outcome };
  }
  return null;
}

/** Catches one planted bug and tells how; false when it got away. */
export async function catchOne(
  system: SimulatedSystem,
  sabotage: string,
  seedsMax: number,
  tell: (line: string) => void,
): Promise<boolean> {
  const caught = await catchSabotage(system, sabotage, 1, seedsMax);
  tell(`${sabotage}: ${describe(caught, seedsMax)}`);
  return caught !== null;
}

/** Catches every planted bug, and tells of each; false when one got away. */
export async function catchAll(
  system: SimulatedSystem,
  seedsMax: number,
  tell: (line: string) => void,
): Promise<boolean> {
  let escapedCount = 0;
  for (const { name } of system.sabotages) {
    if (!(await catchOne(system, name, seedsMax, tell))) escapedCount++;
  }
  const count = system.sabotages.length;
  tell(`${count - escapedCount} of ${count} planted bugs caught`);
  return escapedCount === 0;
}

function describe(caught: Catch | null, seedsMax: number): string {
  if (caught === null) return `not caught in ${seedsMax} seeds`;
  const { seeds, outcome } = caught;
  const { kind, checker, message } = outcome.failure!;
  const where = kind === 'safety violation' ? `${kind}, ${checker}` : kind;
  return `caught by seed ${outcome.seed} after ${seeds} (${where}): ${message.split('\n')[0]}`;
}
