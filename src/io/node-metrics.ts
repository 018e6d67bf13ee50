import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

/**
 * Metrics of a role of this process, by prom-client.
 *
 * @param options `withProcess` adds those of the process: memory, CPU, event loop, garbage collection.
 */
export function nodeMetrics(options: { readonly withProcess: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.withProcess) collectDefaultMetrics({ register: registry });
  return {
    counter: ({ name, help, labelNames = [] }) => {
      const counter = new Counter({ name, help, labelNames: [...labelNames], registers });
      return { add: (count, labels = {}) => counter.inc(labels, count) };
    },
    histogram: ({ name, help, labelNames = [] }, buckets) => {
      const histogram = new Histogram({
        ...{ name, help, registers },
        labelNames: [...labelNames],
        buckets: [...buckets],
      });
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    gauge: ({ name, help, labelNames = [] }, read) => {
      new Gauge({
        ...{ name, help, registers },
        labelNames: [...labelNames],
        collect() {
          const found = read();
          this.reset();
          if (typeof found === 'number') this.set(found);
          else for (const { labels, value } of found) this.set(labels, value);
        },
      });
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
