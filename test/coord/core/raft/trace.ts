import type { Entry, Persist, RaftMessage } from '../../../../src/coord/core/raft/types.ts';
import { payloadText, type TestNode } from './node.ts';

/** An entry as `index/term:payload`, with its voters if it is a configuration. */
export function entryText(entry: Entry): string {
  const { config } = entry;
  const text = `${entry.index}/${entry.term}:${payloadText(entry)}`;
  if (config === null) return text;
  const members = config.members.map(({ id, role }) => (role === 'observer' ? `${id}o` : `${id}`));
  const outgoing = config.outgoingVoters.length > 0 ? ` leaving ${config.outgoingVoters}` : '';
  return `${text}(${members}${outgoing})`;
}

/** A message on one line. */
export function messageText(message: RaftMessage): string {
  const { kind, term } = message;
  return `${kind} t${term}${detailText(message)}`;
}

/** What a persist writes. */
export function persistText({ number, hardState, snapshot, entries }: Persist): string {
  const floor = hardState?.voteFloorIndex ? ` floor ${hardState.voteFloorIndex}` : '';
  const vote = hardState === null ? '' : ` t${hardState.term} vote ${hardState.votedFor}${floor}`;
  const base = snapshot === null ? '' : ` snapshot ${snapshot.index}`;
  return `persist ${number}:${vote}${base} ${entries.map(entryText).join(' ')}`.trimEnd();
}

/** Where a node stands, on one line. */
export function statusText(node: TestNode): string {
  if (!node.isUp) return `${node.id} is down`;
  const status = node.raft.status();
  const votes = status.mayVote ? '' : ' no vote';
  const matches = [...status.matchIndexes].map(([id, match]) => `${id}:${match}`).join(' ');
  return (
    `${node.id} ${status.role} t${status.term} leader ${status.leader} ` +
    `log ${status.firstIndex}-${status.lastIndex} commit ${status.commitIndex} ` +
    `applied ${node.appliedIndex}${votes}${matches === '' ? '' : ` match ${matches}`}`
  );
}

function detailText(message: RaftMessage): string {
  switch (message.kind) {
    case 'voteRequest':
      return (
        `${message.isPreVote ? ' pre' : ''}${message.isTransfer ? ' transfer' : ''}` +
        ` last ${message.lastIndex}/${message.lastTerm}`
      );
    case 'voteResponse':
      return `${message.isPreVote ? ' pre' : ''} ${message.isGranted ? 'granted' : 'refused'}`;
    case 'append': {
      const entries = message.entries.map((entry) => ` ${entryText(entry)}`).join('');
      return ` after ${message.previousIndex}/${message.previousTerm} commit ${message.commitIndex}${entries}`;
    }
    case 'appendResponse':
      return message.isRejected
        ? ` rejected ${message.index} hint ${message.hintIndex}/${message.hintTerm}`
        : ` stored ${message.index}`;
    case 'heartbeat':
      return ` commit ${message.commitIndex}${message.readRound > 0 ? ` round ${message.readRound}` : ''}`;
    case 'heartbeatResponse':
      return message.readRound > 0 ? ` round ${message.readRound}` : '';
    case 'snapshot': {
      const end = message.offsetBytes + message.data.byteLength;
      return ` ${message.index}/${message.snapshotTerm} bytes ${message.offsetBytes}-${end} of ${message.totalBytes}`;
    }
    case 'snapshotResponse':
      return ` ${message.index} received ${message.receivedBytes}`;
    case 'readRequest':
      return ` read ${message.context}`;
    case 'readResponse':
      return ` read ${message.context} at ${message.index}`;
    case 'probeResponse':
      return `${message.isPristine ? ' pristine' : ''} last ${message.lastIndex} floor ${message.floorIndex}`;
    case 'probe':
    case 'timeoutNow':
      return '';
  }
}
