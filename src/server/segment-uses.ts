/** Counts who uses segments, to tell when a segment that is not there any more can be closed. */
export class SegmentUses<S> {
  readonly #counts = new Map<S, number>();
  readonly #waiting = new Map<S, () => void>();

  /** Begins a use of all of them; the returned function ends it and may be called again. */
  begin(segments: readonly S[]): () => void {
    for (const segment of segments) {
      this.#counts.set(segment, (this.#counts.get(segment) ?? 0) + 1);
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      for (const segment of segments) this.#end(segment);
    };
  }

  /**
   * Resolves when nobody uses a segment.
   *
   * Caller must: ask once, and let no use of it begin any more.
   */
  unused(segment: S): Promise<void> {
    if (!this.#counts.has(segment)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(segment, resolve));
  }

  #end(segment: S): void {
    const left = this.#counts.get(segment)! - 1;
    if (left > 0) {
      this.#counts.set(segment, left);
      return;
    }
    this.#counts.delete(segment);
    this.#waiting.get(segment)?.();
    this.#waiting.delete(segment);
  }
}
