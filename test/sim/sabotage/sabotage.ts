import type { Alterations } from '../cluster-node.ts';

/** A bug that is planted to see that it would be noticed. */
export interface Sabotage {
  /** As the command line names it. */
  readonly name: string;
  /** What goes wrong, in one sentence. */
  readonly sentence: string;
  /** Makes the altered parts of one simulation. */
  plant(): Alterations;
}
