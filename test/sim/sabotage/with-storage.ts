import type { Persist, StoredRaft } from '../../../src/coord/core/raft/types.ts';
import { RaftStorage } from '../../../src/coord/storage/raft-storage.ts';
import type { Alterations } from '../cluster-node.ts';
import { override } from './override.ts';

/** What a planted bug of the storage changes. */
export interface StorageBug {
  /** What is found at a start. */
  readonly stored?: (
    stored: StoredRaft,
    storage: RaftStorage,
    findings: readonly string[],
  ) => StoredRaft;
  /** What is written. */
  readonly persist?: (persist: Persist) => Persist;
}

/** Nodes whose storage says or writes something else than it should. */
export function withStorage(bug: StorageBug): Alterations {
  return {
    parts: () => ({
      openStorage: async (options) => {
        const opened = await RaftStorage.open(options);
        const { storage, findings } = opened;
        const stored = bug.stored?.(opened.stored, storage, findings) ?? opened.stored;
        const alter = bug.persist;
        if (alter === undefined) return { ...opened, stored };
        const altered = override(storage, {
          persist: (batch) => storage.persist(batch.map((persist) => alter(persist))),
        });
        return { ...opened, stored, storage: altered };
      },
    }),
  };
}
