import { applyEntry } from '../../../src/coord/core/apply.ts';
import type { Sabotage } from './sabotage.ts';
import { withApply } from './with-apply.ts';

export const movedSessionWrites: Sabotage = {
  name: 'moved-session-writes',
  sentence: 'What a client sent to its former server happens after it has gone on elsewhere.',
  plant: () =>
    withApply(([state, entry, config]) => {
      const session = state.sessions.get(entry.sessionId);
      const hasMoved =
        session !== undefined && entry.origin !== 0 && session.owner !== entry.origin;
      if (!hasMoved || entry.command.kind === 'attachSession') {
        return applyEntry(state, entry, config);
      }
      state.sessions.set(entry.sessionId, { ...session, owner: entry.origin });
      const applied = applyEntry(state, entry, config);
      if (state.sessions.has(entry.sessionId)) state.sessions.set(entry.sessionId, session);
      return applied;
    }),
};
