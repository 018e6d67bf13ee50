import {
  HEALTH_BACKOFF_MS_MAX,
  HEALTH_BACKOFF_MS_MIN,
  HEALTH_PROBE_TIMEOUT_MS,
} from '../base/serving-limits.ts';
import type { Clock, Timer } from '../io/clock.ts';
import { type Random, randomBits } from '../io/random.ts';

/** What probing needs. */
export interface ServerHealthOptions {
  readonly clock: Clock;
  /** Spreads probes of many brokers; without it they come at the same moment. */
  readonly random?: Random | undefined;
  /** Resolves when a server says within the time that it is well, rejects otherwise. */
  readonly probe: (server: string, timeoutMs: number) => Promise<void>;
}

/** A server about which there is doubt. */
interface Doubt {
  /** False while a probe decides whether it is well: it has only been silent. */
  isDown: boolean;
  /** Probes that failed one after the other. */
  failures: number;
  timer: Timer | null;
  isProbed: boolean;
}

/**
 * Which servers are well. One that could not be reached, or was silent and then did not say that it is
 * well either, is avoided until a probe succeeds or it answers; probes come at growing intervals.
 */
export class ServerHealth {
  readonly #options: ServerHealthOptions;
  readonly #doubts = new Map<string, Doubt>();
  readonly #watchers = new Map<string, Set<() => void>>();
  #isClosed = false;

  constructor(options: ServerHealthOptions) {
    this.#options = options;
  }

  /** False for a server that is to be avoided where another one can answer. */
  isTrusted(server: string): boolean {
    return this.#doubts.get(server)?.isDown !== true;
  }

  /** Servers that are avoided. */
  get avoidedCount(): number {
    return [...this.#doubts.values()].filter(({ isDown }) => isDown).length;
  }

  /** A server could not be reached, or broke off. */
  reportFailure(server: string): void {
    if (this.#isClosed) return;
    const doubt = this.#doubt(server);
    this.#setDown(server, doubt);
    if (doubt.timer === null && !doubt.isProbed) this.#probeLater(server, doubt);
  }

  /** A server has answered. */
  reportSuccess(server: string): void {
    const doubt = this.#doubts.get(server);
    if (doubt === undefined) return;
    doubt.timer?.cancel();
    this.#doubts.delete(server);
  }

  /** A server is silent: asks it whether it is well. */
  suspect(server: string): void {
    if (this.#isClosed || this.#doubts.has(server)) return;
    void this.#probe(server, this.#doubt(server));
  }

  /**
   * Calls `action` once when a server turns out not to be well.
   *
   * @returns to be called when that is of no interest any more.
   */
  onDown(server: string, action: () => void): () => void {
    let watchers = this.#watchers.get(server);
    if (watchers === undefined) {
      watchers = new Set();
      this.#watchers.set(server, watchers);
    }
    watchers.add(action);
    return () => {
      watchers.delete(action);
      if (watchers.size === 0 && this.#watchers.get(server) === watchers) {
        this.#watchers.delete(server);
      }
    };
  }

  /** Forgets what is held against a server: it is gone, or a new process has its name. */
  forget(server: string): void {
    this.reportSuccess(server);
  }

  /** Ends all probing. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#doubts.values()) timer?.cancel();
    this.#doubts.clear();
  }

  #doubt(server: string): Doubt {
    let doubt = this.#doubts.get(server);
    if (doubt === undefined) {
      doubt = { isDown: false, failures: 0, timer: null, isProbed: false };
      this.#doubts.set(server, doubt);
    }
    return doubt;
  }

  #setDown(server: string, doubt: Doubt): void {
    if (doubt.isDown) return;
    doubt.isDown = true;
    const watchers = this.#watchers.get(server);
    this.#watchers.delete(server);
    for (const action of watchers ?? []) action();
  }

  #probeLater(server: string, doubt: Doubt): void {
    const { clock, random } = this.#options;
    const fullMs = Math.min(HEALTH_BACKOFF_MS_MIN * 2 ** doubt.failures, HEALTH_BACKOFF_MS_MAX);
    const share =
      random === undefined ? 0 : Number(BigInt.asUintN(16, randomBits(random))) / 65_536;
    doubt.timer = clock.schedule(fullMs * (1 - share / 4), () => {
      doubt.timer = null;
      void this.#probe(server, doubt);
    });
  }

  async #probe(server: string, doubt: Doubt): Promise<void> {
    doubt.isProbed = true;
    let isWell = true;
    try {
      await this.#options.probe(server, HEALTH_PROBE_TIMEOUT_MS);
    } catch {
      isWell = false;
    }
    doubt.isProbed = false;
    if (this.#doubts.get(server) !== doubt) return;
    if (isWell) {
      this.#doubts.delete(server);
      return;
    }
    doubt.failures++;
    this.#setDown(server, doubt);
    this.#probeLater(server, doubt);
  }
}
