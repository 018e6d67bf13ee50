import type { RoleAlterations } from '../alterations.ts';

/** A bug that is planted in roles to see that it would be noticed. */
export interface RoleSabotage {
  /** As the command line names it. */
  readonly name: string;
  /** What goes wrong, in one sentence. */
  readonly sentence: string;
  /** Makes the altered parts of one simulation. */
  plant(): RoleAlterations;
}
