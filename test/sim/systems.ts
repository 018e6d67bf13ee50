import type { Outcome } from './outcome.ts';
import { findRoleSabotage, ROLE_SABOTAGES } from './roles/sabotage/catalogue.ts';
import { simulateRoles } from './roles/simulate-roles.ts';
import { findSabotage, SABOTAGES } from './sabotage/catalogue.ts';
import { simulate } from './simulation.ts';

/** How a system is to be simulated. */
export interface SimulationRequest {
  /** Name of a planted bug; none by default. */
  readonly sabotage?: string | null;
  /** How many of the last happenings a failure tells. */
  readonly eventsShown?: number;
  /** More time and less to do, where a system has that. */
  readonly isLong?: boolean;
}

/** Something that can be simulated, with the bugs that can be planted in it. */
export interface SimulatedSystem {
  readonly sabotages: readonly { readonly name: string; readonly sentence: string }[];
  /** @throws Error for a name that no planted bug has. */
  simulate(seed: number, request?: SimulationRequest): Promise<Outcome>;
}

/** The coordinator alone, with clients of its own. */
export const COORDINATOR: SimulatedSystem = {
  sabotages: SABOTAGES,
  simulate: (seed, { sabotage = null, ...options } = {}) =>
    simulate(
      seed,
      sabotage === null ? options : { ...options, ...planted(findSabotage(sabotage)) },
    ),
};

/** A whole cluster of coordinators, controllers, servers and brokers. */
export const CLUSTER: SimulatedSystem = {
  sabotages: ROLE_SABOTAGES,
  simulate: (seed, { sabotage = null, ...options } = {}) =>
    simulateRoles(
      seed,
      sabotage === null ? options : { ...options, ...planted(findRoleSabotage(sabotage)) },
    ),
};

function planted<A>(sabotage: { plant(): A }): { readonly alterations: A } {
  return { alterations: sabotage.plant() };
}
