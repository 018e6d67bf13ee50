/** Values of a metric's labels, by name. */
export type Labels = Readonly<Record<string, string>>;

/** Something that is counted. */
export interface Counter {
  add(count: number, labels?: Labels): void;
}

/** Something whose sizes matter by how often they come. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** A value as it is now, with its labels. */
export interface GaugeReading {
  readonly labels: Labels;
  readonly value: number;
}

/** What a metric is. */
export interface MetricDefinition<Name extends string = string> {
  /** As Prometheus has it: `nyala_<role>_<what>_<unit>`, counters end in `_total`. */
  readonly name: Name;
  /** What is counted or measured, on one line. */
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** The metrics of one role. */
export interface Metrics {
  counter(definition: MetricDefinition): Counter;
  /** @param buckets upper bounds, ascending. */
  histogram(definition: MetricDefinition, buckets: readonly number[]): Histogram;
  /** Something that is as large as it is: read whenever it is asked for. */
  gauge(definition: MetricDefinition, read: () => number | readonly GaugeReading[]): void;
  /** All of it in Prometheus's text format. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Upper bounds for times in seconds, from half a millisecond to ten seconds. */
export const SECONDS_BUCKETS = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
] as const;

/** Metrics that nobody reads, for where there is no door to read them through. */
export const noMetrics: Metrics = {
  counter: () => ({ add: () => {} }),
  histogram: () => ({ observe: () => {} }),
  gauge: () => {},
  text: () => Promise.resolve({ contentType: 'text/plain', body: '' }),
};
