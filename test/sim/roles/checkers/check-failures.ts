import { SafetyViolation } from '../../violation.ts';
import { DEEP_STORE, WALL_CLOCKS } from '../role-cluster.ts';
import type { FailedQuery } from '../table-history.ts';
import type { TableCheckOptions } from './check-tables.ts';

/** What a cluster gets over a fault in: less than from one fault to the next, where one follows another. */
export const RECOVERY_MS = 8_000;

/**
 * Checks that no query failed while at most one host was not well, or had not been for long: any server
 * has a replica, any broker another one beside it, and a majority of three coordinators is enough.
 *
 * @throws SafetyViolation
 */
export function checkFailures(
  failures: readonly FailedQuery[],
  { disturbances, coordinatorHosts }: Omit<TableCheckOptions, 'controllerHosts'>,
): void {
  for (const { sql, host, beganMs, endedMs, reason } of failures) {
    const disturbed = disturbances.hosts(beganMs - RECOVERY_MS, endedMs);
    disturbed.delete(WALL_CLOCKS);
    const isAlone = coordinatorHosts.length === 1 && disturbed.has(coordinatorHosts[0]!);
    if (disturbed.size > 1 || disturbed.has(DEEP_STORE) || disturbed.has(host) || isAlone) continue;
    const [one = 'nothing'] = disturbed;
    const time = `${(beganMs / 1_000).toFixed(3)} to ${(endedMs / 1_000).toFixed(3)} s`;
    throw new SafetyViolation(
      'failed queries',
      `${sql} failed (${time}) while ${one} was disturbed: ${reason}`,
    );
  }
}
