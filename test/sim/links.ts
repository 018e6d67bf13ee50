import type { Prng } from '../../src/base/prng.ts';

/** Faults of connections between peers, whose frames are one write each. */
export interface FrameFaults {
  /** Probabilities of a frame. */
  loss: number;
  duplicate: number;
  reorder: number;
}

/**
 * What lies between hosts: who reaches whom, and how fast. Blocks are counted, so that partitions may
 * overlap. A block is one-way.
 */
export class Links {
  readonly frameFaults: FrameFaults = { loss: 0, duplicate: 0, reorder: 0 };
  readonly #prng: Prng;
  readonly #blocks = new Map<string, number>();
  readonly #slowness = new Map<string, number>();
  readonly #dark = new Set<string>();
  readonly #refusing = new Set<string>();
  readonly #latencyMs: number;

  /** @param latencyMs typical one-way latency. */
  constructor(prng: Prng, latencyMs: number) {
    this.#prng = prng;
    this.#latencyMs = latencyMs;
  }

  /** True when nothing of `from` reaches `to`. */
  isBlocked(from: string, to: string): boolean {
    if (this.#blocks.size === 0 && this.#dark.size === 0) return false;
    return this.#blocks.has(key(from, to)) || this.#dark.has(from) || this.#dark.has(to);
  }

  block(from: string, to: string): void {
    this.#blocks.set(key(from, to), (this.#blocks.get(key(from, to)) ?? 0) + 1);
  }

  unblock(from: string, to: string): void {
    const count = this.#blocks.get(key(from, to)) ?? 0;
    if (count <= 1) this.#blocks.delete(key(from, to));
    else this.#blocks.set(key(from, to), count - 1);
  }

  /** Opens every way. */
  unblockAll(): void {
    this.#blocks.clear();
  }

  /** A machine without power: nobody reaches it, nobody hears from it. */
  setDark(host: string, isDark: boolean): void {
    if (isDark) this.#dark.add(host);
    else this.#dark.delete(host);
  }

  /** A host that refuses new connections. */
  setRefusing(host: string, isRefusing: boolean): void {
    if (isRefusing) this.#refusing.add(host);
    else this.#refusing.delete(host);
  }

  isRefusing(host: string): boolean {
    return this.#refusing.has(host);
  }

  /** Makes everything from and to a host slower by a factor; 1 is normal. */
  setSlowness(host: string, factor: number): void {
    if (factor === 1) this.#slowness.delete(host);
    else this.#slowness.set(host, factor);
  }

  /** Draws how long the next packet travels: mostly near the typical latency, with a long tail. */
  drawLatencyMs(from: string, to: string): number {
    const factor = Math.max(this.#slowness.get(from) ?? 1, this.#slowness.get(to) ?? 1);
    const tail = -Math.log(1 - this.#prng.float()) * 0.3;
    return this.#latencyMs * factor * (0.7 + tail);
  }
}

function key(from: string, to: string): string {
  return `${from}>${to}`;
}
