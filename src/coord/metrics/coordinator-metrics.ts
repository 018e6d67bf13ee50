import {
  COUNTERS,
  type CounterName,
  PERCENTILE_SUMMARIES,
  SUMMARIES,
  type SummaryName,
} from './catalog.ts';
import { Counter, SizeStatistics, Summary } from './metric.ts';
import type { OperationName } from './operations.ts';

/** A counter with its name and what it counts. */
export interface NamedCounter {
  readonly name: CounterName;
  readonly help: string;
  readonly counter: Counter;
}

/** A summary with its name and what it is of. */
export interface NamedSummary {
  readonly name: SummaryName;
  readonly help: string;
  readonly summary: Summary;
}

/**
 * What a node measures. A metric of the catalogue exists, and is printed, from the first time that
 * it is asked for: whoever measures something asks at start and keeps the object.
 */
export class CoordinatorMetrics {
  readonly #counters = new Map<CounterName, NamedCounter>();
  readonly #summaries = new Map<SummaryName, NamedSummary>();
  /** What `srst` resets: the lines of `srvr`. */
  readonly latencyMs = new Summary();
  readonly packetsReceived = new Counter();
  readonly packetsSent = new Counter();
  /** Bytes of answers to clients. */
  readonly responseSizes = new SizeStatistics();
  /** Bytes of proposed entries; only a leader or a node of its own has any. */
  readonly proposalSizes = new SizeStatistics();
  readonly bytesReceived = this.counter('bytes_received_count');
  readonly responseBytes = this.counter('response_bytes');
  readonly watchBytes = this.counter('watch_bytes');
  readonly #reads = this.summary('readlatency');
  readonly #updates = this.summary('updatelatency');
  readonly #operations = this.counter('op_count_total');

  /** The counter of that name, made when it is first asked for. */
  counter(name: CounterName): Counter {
    const known = this.#counters.get(name);
    if (known !== undefined) return known.counter;
    const counter = new Counter();
    this.#counters.set(name, { name, help: COUNTERS[name], counter });
    return counter;
  }

  /** The summary of that name, made when it is first asked for. */
  summary(name: SummaryName): Summary {
    const known = this.#summaries.get(name);
    if (known !== undefined) return known.summary;
    const hasPercentiles = name in PERCENTILE_SUMMARIES;
    const summary = new Summary({ hasPercentiles });
    const help = { ...SUMMARIES, ...PERCENTILE_SUMMARIES }[name];
    this.#summaries.set(name, { name, help, summary });
    return summary;
  }

  /** Everything that is counted here, in the order in which it was first asked for. */
  counters(): Iterable<NamedCounter> {
    return this.#counters.values();
  }

  /** Everything of which there is a summary here. */
  summaries(): Iterable<NamedSummary> {
    return this.#summaries.values();
  }

  /** A request was answered. `latencyMs` in whole milliseconds. */
  answered(operation: OperationName, latencyMs: number): void {
    this.latencyMs.add(latencyMs);
    if (operation.isWrite) this.#updates.add(latencyMs);
    else this.#reads.add(latencyMs);
    this.#operations.add();
    if (operation.counter !== null) this.counter(operation.counter).add();
  }

  /** What the four-letter word `srst` does. */
  resetServerStatistics(): void {
    this.latencyMs.reset();
    this.packetsReceived.reset();
    this.packetsSent.reset();
    this.responseSizes.reset();
    this.proposalSizes.reset();
  }
}
