import type { CoordinatorClient } from '../coord/client.ts';
import type { Clock } from '../io/clock.ts';
import type { Random } from '../io/random.ts';
import type { SegmentStore } from '../store/segment-store.ts';
import type { ClusterState } from './cluster-state.ts';
import type { LeaderTerm } from './leader-term.ts';

/** What changes of tables and segments work with. */
export interface CatalogTools {
  readonly client: CoordinatorClient;
  readonly state: ClusterState;
  readonly store: SegmentStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Copies of each segment of a new table. */
  readonly replication: number;
}

/** The same for one piece of work: in a term, with the state as it is when the work begins. */
export interface CatalogWork extends CatalogTools {
  readonly term: LeaderTerm;
}
