/**
 * Tells parts of a query that nobody wants their results any more. What an AbortSignal does; but Node
 * warns of a leak when one of those has as many listeners as a query has servers.
 */
export class Cancellation {
  readonly #actions = new Set<() => void>();
  #isCancelled = false;
  #reason: unknown = null;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** What it was cancelled with. */
  get reason(): unknown {
    return this.#reason;
  }

  /** Cancels, once. */
  cancel(reason: unknown): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#reason = reason;
    for (const action of this.#actions) action();
    this.#actions.clear();
  }

  /**
   * Calls `action` when it is cancelled, at once if it is already.
   *
   * @returns ends that.
   */
  onCancel(action: () => void): () => void {
    if (this.#isCancelled) action();
    else this.#actions.add(action);
    return () => void this.#actions.delete(action);
  }

  /** One that is cancelled with this one, or alone. `end` is to be called when it is over. */
  child(): { readonly child: Cancellation; readonly end: () => void } {
    const child = new Cancellation();
    return { child, end: this.onCancel(() => child.cancel(this.#reason)) };
  }
}
