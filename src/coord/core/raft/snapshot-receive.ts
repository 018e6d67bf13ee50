import { RAFT_SNAPSHOT_BYTES_MAX } from '../../../base/limits.ts';
import { acknowledge } from './follower.ts';
import { heardFromLeader } from './roles.ts';
import type { IncomingSnapshot, RaftState } from './state.ts';
import type { RaftMessage, StateSnapshot } from './types.ts';

type SnapshotPart = Extract<RaftMessage, { kind: 'snapshot' }>;

/**
 * A part of the leader's state. Parts are taken in order and only once, so that lost, repeated and
 * reordered ones do no harm; memory grows with what has arrived, not with what was announced.
 */
export function handleSnapshotPart(state: RaftState, from: number, part: SnapshotPart): void {
  if (state.leading !== null || !isWellFormed(part)) return;
  heardFromLeader(state, from);
  if (part.index <= state.commitIndex) {
    // While an installation is on its way to the disk, its end is answered when it is there.
    if (state.installing === null) acknowledge(state, from, state.commitIndex);
    return;
  }
  if (state.log.termAt(part.index) === part.snapshotTerm) {
    // All of it is in the log already: what a snapshot covers is committed.
    state.commitIndex = part.index;
    acknowledge(state, from, part.index);
    return;
  }
  const incoming = incomingFor(state, from, part);
  if (incoming === null) return;
  if (part.offsetBytes === incoming.receivedBytes) {
    incoming.parts.push(part.data);
    incoming.receivedBytes += part.data.byteLength;
  }
  const { receivedBytes } = incoming;
  const response = { kind: 'snapshotResponse', term: state.term, index: part.index } as const;
  if (receivedBytes < part.totalBytes) {
    state.send(from, { ...response, receivedBytes });
    return;
  }
  state.incoming = null;
  state.install(assemble(incoming, part));
  state.sendWhenDurable(from, { ...response, receivedBytes });
}

/** What the part belongs to; null for a part of a snapshot that a newer one has overtaken. */
function incomingFor(state: RaftState, from: number, part: SnapshotPart): IncomingSnapshot | null {
  const current = state.incoming;
  if (current !== null && current.from === from) {
    if (part.index < current.index) return null;
    const isSame =
      part.index === current.index &&
      part.snapshotTerm === current.snapshotTerm &&
      part.totalBytes === current.totalBytes;
    if (isSame) return current;
  }
  const { index, snapshotTerm, totalBytes } = part;
  state.incoming = { from, index, snapshotTerm, totalBytes, parts: [], receivedBytes: 0 };
  return state.incoming;
}

function assemble(incoming: IncomingSnapshot, part: SnapshotPart): StateSnapshot {
  const bytes = new Uint8Array(incoming.totalBytes);
  let offset = 0;
  for (const data of incoming.parts) {
    bytes.set(data, offset);
    offset += data.byteLength;
  }
  return { index: part.index, term: part.snapshotTerm, config: part.config, bytes };
}

function isWellFormed(part: SnapshotPart): boolean {
  const end = part.offsetBytes + part.data.byteLength;
  const isInBounds = part.offsetBytes >= 0 && end <= part.totalBytes;
  const isProgress = part.data.byteLength > 0 || part.totalBytes === 0;
  const isTermKnown = part.snapshotTerm > 0 && part.snapshotTerm <= part.term;
  const hasVoters = part.config.members.some(({ role }) => role === 'participant');
  return (
    isInBounds &&
    isProgress &&
    isTermKnown &&
    hasVoters &&
    part.index > 0 &&
    part.totalBytes <= RAFT_SNAPSHOT_BYTES_MAX
  );
}
