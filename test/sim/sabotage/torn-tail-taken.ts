import type { Sabotage } from './sabotage.ts';
import { withStorage } from './with-storage.ts';

export const tornTailTaken: Sabotage = {
  name: 'torn-tail-taken',
  sentence: 'The rest of a write that was cut short is taken for an entry.',
  plant: () =>
    withStorage({
      stored: (stored, storage, findings) => {
        const last = stored.entries.at(-1);
        if (findings.length === 0 || stored.standing !== 'sound' || last === undefined)
          return stored;
        const torn = { ...last, index: last.index + 1, config: null, payload: new Uint8Array() };
        void storage.persist([{ number: 0, hardState: null, snapshot: null, entries: [torn] }]);
        return { ...stored, entries: [...stored.entries, torn] };
      },
    }),
};
