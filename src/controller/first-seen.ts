/** Remembers since when things are so, to act on them after some time. */
export class FirstSeen {
  #sinceMs = new Map<string, number>();

  /**
   * @param keys all that is so now; others are forgotten.
   * @param nowMs of the monotonic clock.
   * @returns the keys that have been so for `graceMs`.
   */
  due(keys: Iterable<string>, nowMs: number, graceMs: number): string[] {
    const sinceMs = new Map<string, number>();
    for (const key of keys) sinceMs.set(key, this.#sinceMs.get(key) ?? nowMs);
    this.#sinceMs = sinceMs;
    return [...sinceMs].filter(([, since]) => nowMs - since >= graceMs).map(([key]) => key);
  }
}
