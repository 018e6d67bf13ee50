import type { LOG_FORMATS, LOG_LEVELS } from '../io/log.ts';
import type { Observers } from '../io/observers.ts';

/** How a role's log is written. */
export interface LogOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

/**
 * Those who watch a role of this process: a log on stderr, metrics, and spans where the process was
 * started with an OpenTelemetry SDK. What they need is loaded now, since other commands do without.
 *
 * @param name of the role's instance, in every line of the log.
 */
export async function observersOf(name: string, log: LogOptions): Promise<Observers> {
  const [{ nodeLog }, { nodeMetrics }, { nodeTracer }] = await Promise.all([
    import('../io/node-log.ts'),
    import('../io/node-metrics.ts'),
    import('../io/node-tracing.ts'),
  ]);
  return {
    log: nodeLog({ name, ...log }),
    metrics: nodeMetrics({ withProcess: true }),
    tracer: nodeTracer(),
  };
}

/** Tells a log what goes wrong behind the scenes of a role. */
export function errorReporter({ log }: Observers): (error: unknown) => void {
  return (error) => log.error('something went wrong behind the scenes', error);
}
