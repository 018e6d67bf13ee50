import { mergeDropsAnswer } from './merge-drops-answer.ts';
import type { RoleSabotage } from './role-sabotage.ts';

/** Every bug that is planted in roles. */
export const ROLE_SABOTAGES: readonly RoleSabotage[] = [mergeDropsAnswer];

/** @throws Error for a name that no planted bug has. */
export function findRoleSabotage(name: string): RoleSabotage {
  const found = ROLE_SABOTAGES.find((sabotage) => sabotage.name === name);
  if (found !== undefined) return found;
  const names = ROLE_SABOTAGES.map((sabotage) => sabotage.name);
  throw new Error(`sim: expected one of ${names.join(', ')}, found '${name}'`);
}
