import { Raft } from '../../../src/coord/core/raft/raft.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/coord/core/snapshot.ts';
import type { Sabotage } from './sabotage.ts';

export const snapshotWithoutSessions: Sabotage = {
  name: 'snapshot-without-sessions',
  sentence: 'A snapshot for a node that is far behind holds the tree and no sessions.',
  plant: () => ({
    parts: () => ({
      createRaft: (options) =>
        new Raft({
          ...options,
          takeSnapshot: () => {
            const snapshot = options.takeSnapshot();
            const { zxid, state } = decodeSnapshot(snapshot.bytes, 'sim: snapshot');
            const emptied = { ...state, sessions: new Map() };
            return { ...snapshot, bytes: encodeSnapshot({ zxid, state: emptied }) };
          },
        }),
    }),
  }),
};
