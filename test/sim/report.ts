import type { Outcome } from './outcome.ts';

/** What of the command line changes what a seed does. */
interface Asked {
  readonly isCluster?: boolean;
  readonly sabotage?: string | null;
  readonly hours?: number | null;
}

/** A failed simulation for people: what, when, what came before, and how to see it again. */
export function failureReport(outcome: Outcome, asked: Asked = {}): string {
  const { seed, failure, cluster, faultKinds, simulatedMs, operations } = outcome;
  if (failure === null) return `seed ${seed}: passed`;
  const sabotage = asked.sabotage == null ? '' : ` --sabotage ${asked.sabotage}`;
  const system = asked.isCluster ? ' --cluster' : '';
  const long = asked.hours == null ? '' : ' --hours 0';
  const again = `npm run sim --${system} --seed ${seed}${long}${sabotage}`;
  return [
    `seed ${seed}: ${failure.kind} (${failure.checker}) after ${(simulatedMs / 1_000).toFixed(1)} s`,
    failure.message,
    `cluster: ${cluster}; ` +
      `faults: ${faultKinds.join(', ') || 'none'}; ${operations} operations`,
    `last ${failure.lastEvents.length} events:`,
    ...failure.lastEvents,
    `again: ${again}`,
  ].join('\n');
}
