import { brokersNotAwaited } from './brokers-not-awaited.ts';
import { changesNotHeard } from './changes-not-heard.ts';
import { deathEndsQuery } from './death-ends-query.ts';
import { hedgeCountedTwice } from './hedge-counted-twice.ts';
import { leadsForEver } from './leads-for-ever.ts';
import { liveFileDeleted } from './live-file-deleted.ts';
import { loadVisibleEarly } from './load-visible-early.ts';
import { mergeDropsAnswer } from './merge-drops-answer.ts';
import { publishedNotLoaded } from './published-not-loaded.ts';
import { replacedStaysVisible } from './replaced-stays-visible.ts';
import { retryCountedTwice } from './retry-counted-twice.ts';
import type { RoleSabotage } from './role-sabotage.ts';
import { serversNotAwaited } from './servers-not-awaited.ts';
import { wholeServerAnswers } from './whole-server-answers.ts';

/**
 * Every bug that is planted in roles. Three that are not here, because another rule hides each:
 *
 * - A server that leaves out what it does not hold. Brokers ask those that say that they hold it.
 * - Servers that let go of segments at once. Brokers ask again by the routes of that moment.
 * - A file that is closed while a query reads it, when another takes its place. Columns are read once, and
 *   stay in memory: hardly a query reads at such a moment.
 */
export const ROLE_SABOTAGES: readonly RoleSabotage[] = [
  mergeDropsAnswer,
  retryCountedTwice,
  hedgeCountedTwice,
  deathEndsQuery,
  changesNotHeard,
  replacedStaysVisible,
  loadVisibleEarly,
  brokersNotAwaited,
  serversNotAwaited,
  leadsForEver,
  liveFileDeleted,
  publishedNotLoaded,
  wholeServerAnswers,
];

/** @throws Error for a name that no planted bug has. */
export function findRoleSabotage(name: string): RoleSabotage {
  const found = ROLE_SABOTAGES.find((sabotage) => sabotage.name === name);
  if (found !== undefined) return found;
  const names = ROLE_SABOTAGES.map((sabotage) => sabotage.name);
  throw new Error(`sim: expected one of ${names.join(', ')}, found '${name}'`);
}
