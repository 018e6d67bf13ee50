import { applyEntry } from './core/apply.ts';
import type { EntryCodec } from './core/entry-codec.ts';
import { Raft } from './core/raft/raft.ts';
import { answerRead } from './core/reads.ts';
import type { ReplicaParts } from './core/replica.ts';
import { Watches } from './core/watches.ts';
import { entryCodec } from './entry-codec.ts';
import { RaftStorage } from './storage/raft-storage.ts';

/** The pieces that a coordinator is put together from; tests plant bugs by handing in others. */
export interface CoordinatorParts extends ReplicaParts {
  readonly openStorage: typeof RaftStorage.open;
  readonly codec: EntryCodec;
}

/** What runs when nobody says otherwise. */
export const PRODUCTION_PARTS: CoordinatorParts = {
  openStorage: (options) => RaftStorage.open(options),
  codec: entryCodec,
  createRaft: (options) => new Raft(options),
  applyEntry,
  answerRead,
  createWatches: () => new Watches(),
};
