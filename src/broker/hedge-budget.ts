import { HEDGE_BURST_MAX, HEDGE_SHARE_MAX } from '../base/serving-limits.ts';

/**
 * Bounds hedged requests to a share of all: when everything is slow, asking twice would make it slower.
 * Requests save up for hedges; a hedge takes what one costs.
 */
export class HedgeBudget {
  #saved = HEDGE_BURST_MAX;

  /** Takes note of requests that are no hedges. */
  earn(requests: number): void {
    this.#saved = Math.min(HEDGE_BURST_MAX, this.#saved + requests * HEDGE_SHARE_MAX);
  }

  /** False when there is not enough for so many hedges; nothing is spent then. */
  spend(hedges: number): boolean {
    if (this.#saved < hedges) return false;
    this.#saved -= hedges;
    return true;
  }
}
