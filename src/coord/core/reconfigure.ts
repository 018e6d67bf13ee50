import { mayReconfigure } from './apply-tree.ts';
import { ErrorNumber } from './error-codes.ts';
import { isStandalone, nextMembers } from './members.ts';
import type { LogEntry, ReconfigRequest } from './model.ts';
import { CONFIG_PATH } from './path.ts';
import type { Member } from './raft/types.ts';
import type { Tree } from './tree.ts';

/** What the leader knows when it is asked to change who takes part. */
export interface ReconfigSituation {
  /** False unless the operator allows changes (`reconfigEnabled`). */
  readonly isEnabled: boolean;
  /** True while an earlier change is not done. */
  readonly isChanging: boolean;
  readonly members: readonly Member[];
  readonly tree: Tree;
  /** True for a member that answers, and for somebody else who would, see `Raft.isPresent`. */
  readonly isPresent: (id: number) => boolean;
  /** Fewest participants: 2 with ZooKeeper's `standaloneEnabled`, else 1. */
  readonly participantsMin: number;
}

/**
 * Judges a request to change the members, in the order of checks that ZooKeeper's clients rely on.
 * It is judged before it enters the log, because a configuration holds from there on.
 *
 * @returns the members to be, or ZooKeeper's error number.
 */
export function judgeReconfig(
  situation: ReconfigSituation,
  entry: LogEntry,
  request: ReconfigRequest,
): readonly Member[] | number {
  const { isEnabled, isChanging, members, tree, participantsMin } = situation;
  if (!isEnabled) return ErrorNumber.RECONFIG_DISABLED;
  if (isStandalone(members)) return ErrorNumber.UNIMPLEMENTED;
  if (isChanging) return ErrorNumber.RECONFIG_IN_PROGRESS;
  const configId = tree.get(CONFIG_PATH)?.mzxid ?? 0n;
  if (request.currentConfigId !== -1n && request.currentConfigId !== configId) {
    return ErrorNumber.BAD_VERSION;
  }
  const next = nextMembers(members, request, participantsMin);
  if (next.kind === 'error') return next.error;
  const participants = next.members.filter(({ role }) => role === 'participant');
  const present = participants.filter(({ id }) => situation.isPresent(id));
  if (2 * present.length <= participants.length) return ErrorNumber.NEW_CONFIG_NO_QUORUM;
  return mayReconfigure(tree, entry) ? next.members : ErrorNumber.NO_AUTH;
}
