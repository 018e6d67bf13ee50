import type { Persist } from '../../../src/coord/core/raft/types.ts';
import { RaftStorage } from '../../../src/coord/storage/raft-storage.ts';
import { override } from './override.ts';
import type { Sabotage } from './sabotage.ts';

export const conflictNotCut: Sabotage = {
  name: 'conflict-not-cut',
  sentence: 'Entries that replace others in the log do not replace them on the disk.',
  plant: () => ({
    parts: () => ({
      openStorage: async (options) => {
        const opened = await RaftStorage.open(options);
        const { storage, stored } = opened;
        let lastIndex = stored.entries.at(-1)?.index ?? stored.snapshot?.index ?? 0;
        const keepOld = (persist: Persist): Persist => {
          if (persist.snapshot !== null) lastIndex = persist.snapshot.index;
          const entries = persist.entries.filter(({ index }) => index > lastIndex);
          lastIndex = entries.at(-1)?.index ?? lastIndex;
          return { ...persist, entries };
        };
        const altered = override(storage, {
          persist: (batch) => storage.persist(batch.map(keepOld)),
        });
        return { ...opened, storage: altered };
      },
    }),
  }),
};
