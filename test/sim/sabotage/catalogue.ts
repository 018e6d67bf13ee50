import { acknowledgeBeforeSync } from './acknowledge-before-sync.ts';
import { appendWithoutMatch } from './append-without-match.ts';
import { commitOldTermByCount } from './commit-old-term-by-count.ts';
import { conflictNotCut } from './conflict-not-cut.ts';
import { damagedLogVotes } from './damaged-log-votes.ts';
import { duplicateApplied } from './duplicate-applied.ts';
import { ephemeralOutlivesSession } from './ephemeral-outlives-session.ts';
import { eventAfterAnswer } from './event-after-answer.ts';
import { freshDiskVotes } from './fresh-disk-votes.ts';
import { gapApplied } from './gap-applied.ts';
import { heartbeatSaysTooMuch } from './heartbeat-says-too-much.ts';
import { missedEventLost } from './missed-event-lost.ts';
import { movedSessionWrites } from './moved-session-writes.ts';
import { multiHalfApplied } from './multi-half-applied.ts';
import { newMajorityOnly } from './new-majority-only.ts';
import { ownClockApplied } from './own-clock-applied.ts';
import { preVoteCounted } from './pre-vote-counted.ts';
import type { Sabotage } from './sabotage.ts';
import { saidBeforeDurable } from './said-before-durable.ts';
import { sequenceReused } from './sequence-reused.ts';
import { snapshotWithoutSessions } from './snapshot-without-sessions.ts';
import { staleReadAfterSync } from './stale-read-after-sync.ts';
import { tornTailTaken } from './torn-tail-taken.ts';
import { voteForOlderLog } from './vote-for-older-log.ts';
import { voteForgottenAtRestart } from './vote-forgotten-at-restart.ts';
import { voteNotStored } from './vote-not-stored.ts';
import { voteTwice } from './vote-twice.ts';
import { watchLostOnReconnect } from './watch-lost-on-reconnect.ts';

/**
 * Every planted bug, from the disk upwards. Three that are not here, because two rules forbid each and
 * the other one alone is enough:
 *
 * - A server that takes clients which have seen more than it has. Sessions begin and move by log
 *   entries, so it cannot show an older state to them anyhow.
 * - A follower that commits beyond what an append has shown to be equal. A leader looks for where the
 *   logs meet from above, so what follows the place is either missing or cut by that append.
 * - A node that lost its disk and votes as soon as a leader has named its fence, before it holds
 *   everything up to it. A majority without it does hold that, so it cannot tip an election.
 */
export const SABOTAGES: readonly Sabotage[] = [
  acknowledgeBeforeSync,
  saidBeforeDurable,
  tornTailTaken,
  voteTwice,
  voteForgottenAtRestart,
  voteNotStored,
  freshDiskVotes,
  damagedLogVotes,
  voteForOlderLog,
  preVoteCounted,
  commitOldTermByCount,
  heartbeatSaysTooMuch,
  appendWithoutMatch,
  conflictNotCut,
  newMajorityOnly,
  staleReadAfterSync,
  duplicateApplied,
  gapApplied,
  movedSessionWrites,
  snapshotWithoutSessions,
  ephemeralOutlivesSession,
  ownClockApplied,
  sequenceReused,
  multiHalfApplied,
  watchLostOnReconnect,
  missedEventLost,
  eventAfterAnswer,
];

/** @throws Error for a name that no planted bug has. */
export function findSabotage(name: string): Sabotage {
  const found = SABOTAGES.find((sabotage) => sabotage.name === name);
  if (found !== undefined) return found;
  const names = SABOTAGES.map((sabotage) => sabotage.name);
  throw new Error(`sim: expected one of ${names.join(', ')}, found '${name}'`);
}
