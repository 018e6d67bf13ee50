/**
 * A small seeded generator (xoshiro128**, Blackman and Vigna 2018; seeded by SplitMix32) for tests,
 * simulation and everything else that must be repeatable. Not for secrets.
 */
export class Prng {
  readonly #state = new Uint32Array(4);

  /** @param seed any 32-bit number; the same seed gives the same sequence. */
  constructor(seed: number) {
    let mixed = seed >>> 0;
    for (let index = 0; index < 4; index++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let value = mixed;
      value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
      value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
      this.#state[index] = value ^ (value >>> 16);
    }
  }

  /** The next unsigned 32-bit number. */
  uint32(): number {
    const state = this.#state;
    const second = state[1]!;
    const result = Math.imul(rotateLeft(Math.imul(second, 5), 7), 9) >>> 0;
    const shifted = second << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotateLeft(state[3]!, 11);
    return result;
  }

  /** A number in [0, 1) with 32 bits of randomness. */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** An integer in [start, end). */
  integer(start: number, end: number): number {
    return start + Math.floor(this.float() * (end - start));
  }

  /** One element of a list that is not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length)]!;
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
