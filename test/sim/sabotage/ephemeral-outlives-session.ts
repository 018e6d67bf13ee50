import { applyEntry } from '../../../src/coord/core/apply.ts';
import type { Sabotage } from './sabotage.ts';
import { withApply } from './with-apply.ts';

export const ephemeralOutlivesSession: Sabotage = {
  name: 'ephemeral-outlives-session',
  sentence: 'A session that expires leaves its ephemeral nodes behind.',
  plant: () =>
    withApply(([state, entry, config]) => {
      const isExpiry = entry.command.kind === 'closeSession' && entry.origin === 0;
      if (!isExpiry) return applyEntry(state, entry, config);
      state.sessions.delete(entry.sessionId);
      return { result: { kind: 'done' }, changes: [], warnings: [] };
    }),
};
