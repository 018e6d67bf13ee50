import type { Random } from './random.ts';

/** Random bytes of a worker or browser, fit for secrets, without Node. */
export const webRandom: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};
