/** What a node does for clients: nothing, everything, or, cut off, reads for who asked for that. */
export type ServiceMode = 'none' | 'full' | 'readOnly';

/** What a node is told about its service once. */
export interface ServiceOptions {
  /** Time without a leader after which clients are sent to look for another server. */
  readonly leaderlessMsMax: number;
  /** Whether those are served after that who are content with reads of what this node has. */
  readonly isReadOnlyEnabled: boolean;
}

/**
 * Whether a node serves clients. It begins when the node has applied all that was committed when it
 * found a leader, goes on over short times without one, and ends when that takes too long.
 */
export class Service {
  readonly #options: ServiceOptions;
  #mode: ServiceMode = 'none';
  /** True from when the leader is asked how far the log is committed until that is applied. */
  #isStarting = false;
  #startIndex: number | null = null;
  #leaderlessSinceMs: number | null = null;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  get mode(): ServiceMode {
    return this.#mode;
  }

  /** There is a leader. @returns true when it is to be asked how far the log is committed. */
  begin(): boolean {
    if (this.#isStarting || this.#mode === 'full') return false;
    this.#isStarting = true;
    this.#startIndex = null;
    return true;
  }

  /** The leader has said how far. */
  answered(index: number): void {
    this.#startIndex = index;
  }

  /** The log is applied up to an index. */
  applied(index: number): void {
    if (!this.#isStarting || this.#startIndex === null || this.#startIndex > index) return;
    this.#isStarting = false;
    this.#mode = 'full';
  }

  /** Serves nobody from now on, until it begins anew. @returns the mode in which it was. */
  end(): ServiceMode {
    const mode = this.#mode;
    this.#mode = 'none';
    this.#isStarting = false;
    return mode;
  }

  /**
   * Once a tick: ends a service that has gone without a leader for too long.
   *
   * @param canShow false when the node has nothing that it could let anybody read.
   * @returns true when the clients are to be sent away.
   */
  watch(hasLeader: boolean, monotonicMs: number, canShow: boolean): boolean {
    if (hasLeader) {
      this.#leaderlessSinceMs = null;
      return false;
    }
    this.#leaderlessSinceMs ??= monotonicMs;
    const { leaderlessMsMax, isReadOnlyEnabled } = this.#options;
    if (monotonicMs - this.#leaderlessSinceMs < leaderlessMsMax) return false;
    const wasFull = this.#mode === 'full';
    if (wasFull) this.end();
    if (isReadOnlyEnabled && canShow) this.#mode = 'readOnly';
    return wasFull;
  }
}
