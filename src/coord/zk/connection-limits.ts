import type { Admission } from '../../io/network.ts';

/**
 * ZooKeeper's `maxClientCnxns` and `maxCnxns`, over all the doors that share one of these.
 */
export class ConnectionLimits implements Admission {
  readonly #perHostMax: number;
  readonly #totalMax: number;
  readonly #countByHost = new Map<string, number>();
  #total = 0;
  #refusedCount = 0;

  /** @param limits connections from one address and altogether; 0 is no limit. */
  constructor(limits: { readonly perHostMax: number; readonly totalMax: number }) {
    this.#perHostMax = limits.perHostMax || Number.POSITIVE_INFINITY;
    this.#totalMax = limits.totalMax || Number.POSITIVE_INFINITY;
  }

  /** Connections that were turned away so far. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  admit(host: string): boolean {
    const count = this.#countByHost.get(host) ?? 0;
    if (count >= this.#perHostMax || this.#total >= this.#totalMax) {
      this.#refusedCount++;
      return false;
    }
    this.#countByHost.set(host, count + 1);
    this.#total++;
    return true;
  }

  release(host: string): void {
    const count = this.#countByHost.get(host) ?? 0;
    if (count <= 1) this.#countByHost.delete(host);
    else this.#countByHost.set(host, count - 1);
    this.#total--;
  }
}
