import { sendAppend } from './replication.ts';
import type { Leading, RaftState } from './state.ts';

/*
 * Leadership moves on request (Raft thesis, 3.10): the leader stops to take proposals, waits until
 * the heir has its whole log, and tells it to stand for election at once. After an election timeout
 * it goes on as if nothing had been.
 */

/** Starts to hand leadership to a voter; does nothing for anybody else. */
export function startTransfer(state: RaftState, leading: Leading, to: number): void {
  if (to === state.id || !state.voters.incoming.includes(to)) return;
  if (leading.transfer?.to === to) return;
  leading.transfer = { to, ticksLeft: state.electionTicks, isTold: false };
  sendAppend(state, leading, to, true);
  maybeTellHeir(state, leading);
}

/** Tells the heir to stand for election if it has everything. */
export function maybeTellHeir(state: RaftState, leading: Leading): void {
  const { transfer } = leading;
  if (transfer === null || transfer.isTold) return;
  if (leading.progress.get(transfer.to)?.match !== state.log.lastIndex) return;
  transfer.isTold = true;
  state.send(transfer.to, { kind: 'timeoutNow', term: state.term });
}

/** Gives up a transfer that takes too long, or whose heir may no longer lead. */
export function tickTransfer(state: RaftState, leading: Leading): void {
  const { transfer } = leading;
  if (transfer === null) return;
  const isPossible = state.voters.incoming.includes(transfer.to);
  if (--transfer.ticksLeft <= 0 || !isPossible) leading.transfer = null;
}
