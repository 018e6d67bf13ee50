import { type Log, noLog } from './log.ts';
import { type Metrics, noMetrics } from './metrics.ts';
import { noTracer, type Tracer } from './tracing.ts';

/** Those who are told what a role does. */
export interface Observers {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}

/** Nobody. */
export const noObservers: Observers = { log: noLog, metrics: noMetrics, tracer: noTracer };
