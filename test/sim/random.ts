import type { Prng } from '../../src/base/prng.ts';
import type { Random } from '../../src/io/random.ts';

/** Random bytes from a seeded generator. */
export function seededRandom(prng: Prng): Random {
  return {
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let index = 0; index < count; index++) bytes[index] = prng.uint32() >>> 24;
      return bytes;
    },
  };
}

/** True with the given probability. */
export function chance(prng: Prng, probability: number): boolean {
  return prng.float() < probability;
}

/** A number in [start, end) whose order of magnitude is uniform: small ones are as likely as large. */
export function logUniform(prng: Prng, start: number, end: number): number {
  return start * (end / start) ** prng.float();
}
