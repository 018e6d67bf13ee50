import { randomBytes } from 'node:crypto';
import type { Random } from './random.ts';

/** Random bytes of the operating system, fit for secrets. */
export const nodeRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
};
