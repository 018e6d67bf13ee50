/** Something that will happen. */
export interface ScheduledEvent {
  readonly timeMs: number;
  readonly sequence: number;
  /** Null once it is cancelled. */
  action: (() => void) | null;
}

/** Events by time, and in the order of their scheduling at the same time: a binary heap. */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #nextSequence = 0;

  push(timeMs: number, action: () => void): ScheduledEvent {
    const event = { timeMs, sequence: this.#nextSequence++, action };
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return event;
  }

  /** Takes the next event that is not cancelled, or null when none is due by `limitMs`. */
  takeUntil(limitMs: number): ScheduledEvent | null {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.action !== null && first.timeMs > limitMs) return null;
      this.#removeFirst();
      if (first.action !== null) return first;
    }
    return null;
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const event = heap[from]!;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #sink(): void {
    const heap = this.#heap;
    const event = heap[0]!;
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, event)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = event;
  }
}

function isBefore(left: ScheduledEvent, right: ScheduledEvent): boolean {
  return (
    left.timeMs < right.timeMs || (left.timeMs === right.timeMs && left.sequence < right.sequence)
  );
}
