import { LeaderTerm } from './leader-term.ts';
import { LoadWait } from './load-wait.ts';

/** The pieces that a controller is put together from; tests plant bugs by handing in others. */
export interface ControllerParts {
  readonly createTerm: (...options: ConstructorParameters<typeof LeaderTerm>) => LeaderTerm;
  readonly createLoadWait: (...options: ConstructorParameters<typeof LoadWait>) => LoadWait;
}

/** What runs when nobody says otherwise. */
export const PRODUCTION_PARTS: ControllerParts = {
  createTerm: (...options) => new LeaderTerm(...options),
  createLoadWait: (...options) => new LoadWait(...options),
};
