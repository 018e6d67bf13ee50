import { encodeUtf8, equalBytes } from '../../base/bytes.ts';
import { type Applied, applyConfig, applyToTree, removeEphemerals } from './apply-tree.ts';
import { ErrorNumber } from './error-codes.ts';
import { configText } from './members.ts';
import { type Command, EntryFlag, type LogEntry, type TreeCommand } from './model.ts';
import type { ClusterConfig } from './raft/types.ts';
import { type Sessions, sessionIdOf } from './sessions.ts';
import type { Streams } from './streams.ts';
import type { Tree } from './tree.ts';

/** Everything that all replicas have in common. */
export interface ReplicatedState {
  readonly tree: Tree;
  readonly sessions: Sessions;
  readonly streams: Streams;
}

/**
 * Applies a committed entry to the replicated state. The same entries give the same states and
 * answers on every replica.
 *
 * @param config the configuration that begins with the entry, if one does: it holds already, whatever
 *   became of the session of whoever asked for it.
 * @returns null for an entry that is out of turn in its origin's stream and does nothing: a request
 *   that was sent again and had arrived the first time, or that overtook one that got lost.
 */
export function applyEntry(
  state: ReplicatedState,
  entry: LogEntry,
  config: ClusterConfig | null,
): Applied | null {
  const { command, origin } = entry;
  if (command.kind === 'openStream') {
    state.streams.set(origin, { stream: Number(entry.zxid), sequence: 0 });
    return DONE;
  }
  if (origin !== 0 && !takeTurn(state.streams, entry)) return null;
  switch (command.kind) {
    case 'createSession': {
      const { timeoutMs, password } = command;
      state.sessions.set(sessionIdOf(origin, entry.zxid), { timeoutMs, password, owner: origin });
      return DONE;
    }
    case 'upgradeSession':
      return upgradeSession(state.sessions, entry, command);
    case 'attachSession':
      return attachSession(state.sessions, entry, command);
    case 'deleteContainer':
      return applyToTree(state.tree, entry, command);
    case 'reconfig':
      if (config === null) return failed(ErrorNumber.RECONFIG_DISABLED);
      return applyConfig(state.tree, entry, encodeUtf8(configText(config.members, entry.zxid)));
    default:
      return applyForSession(state, entry, command);
  }
}

type SessionCommand = Extract<Command, TreeCommand | { kind: 'closeSession' | 'refused' }>;

/** Takes an entry's turn in its origin's stream; false when it is not its turn. */
function takeTurn(streams: Streams, entry: LogEntry): boolean {
  const stream = streams.get(entry.origin);
  if (stream === undefined || stream.stream !== entry.stream) return false;
  if (stream.sequence + 1 !== entry.sequence) return false;
  streams.set(entry.origin, { stream: stream.stream, sequence: entry.sequence });
  return true;
}

function upgradeSession(
  sessions: Sessions,
  { sessionId, origin }: LogEntry,
  { timeoutMs, password }: Extract<Command, { kind: 'upgradeSession' }>,
): Applied {
  if (sessions.has(sessionId)) return failed(ErrorNumber.SESSION_EXPIRED);
  sessions.set(sessionId, { timeoutMs, password, owner: origin });
  return DONE;
}

function attachSession(
  sessions: Sessions,
  entry: LogEntry,
  { timeoutMs, password }: { readonly timeoutMs: number; readonly password: Uint8Array },
): Applied {
  const session = sessions.get(entry.sessionId);
  if (session === undefined || !equalBytes(session.password, password)) {
    return failed(ErrorNumber.SESSION_EXPIRED);
  }
  sessions.set(entry.sessionId, { timeoutMs, password: session.password, owner: entry.origin });
  return DONE;
}

function applyForSession(
  state: ReplicatedState,
  entry: LogEntry,
  command: SessionCommand,
): Applied {
  const sessionError = errorOfSession(state.sessions, entry);
  if (sessionError !== ErrorNumber.OK) return failed(sessionError);
  if (command.kind === 'closeSession') {
    state.sessions.delete(entry.sessionId);
    const changes = removeEphemerals(state.tree, entry);
    return { result: { kind: 'done' }, changes, warnings: [] };
  }
  if (command.kind === 'refused') return failed(command.error);
  return applyToTree(state.tree, entry, command);
}

function errorOfSession(sessions: Sessions, { sessionId, origin, flags }: LogEntry): number {
  if ((flags & EntryFlag.LOCAL_SESSION) !== 0) return ErrorNumber.OK;
  const session = sessions.get(sessionId);
  if (session === undefined) return ErrorNumber.SESSION_EXPIRED;
  // What a client asked for at its former server must not happen after it has moved on.
  if (origin !== 0 && session.owner !== origin) return ErrorNumber.SESSION_MOVED;
  return ErrorNumber.OK;
}

const DONE: Applied = { result: { kind: 'done' }, changes: [], warnings: [] };

function failed(number: number): Applied {
  return { result: { kind: 'error', error: number }, changes: [], warnings: [] };
}
