import {
  type Span as ApiSpan,
  type Context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { errorMessage } from '../base/errors.ts';
import type { Tracer } from './tracing.ts';

/** `traceparent` of W3C Trace Context, version 00: trace, parent and flags. */
const TRACE_PARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * A tracer by OpenTelemetry's API. It keeps nothing unless the process was started with an SDK, such as
 * `node --import ./tracing.js`.
 */
export function nodeTracer(): Tracer {
  const tracer = trace.getTracer('nyala');
  return {
    span: async (name, parent, attributes, work) => {
      const span = tracer.startSpan(name, { attributes }, contextOf(parent));
      try {
        return await work({
          traceParent: traceParentOf(span) ?? parent,
          set: (more) => span.setAttributes(more),
        });
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: errorMessage(error) });
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

/** A header that is not one makes a span of its own. */
function contextOf(parent: string | null): Context {
  const match = parent === null ? null : TRACE_PARENT.exec(parent);
  if (match === null) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: match[1]!,
    spanId: match[2]!,
    traceFlags: Number.parseInt(match[3]!, 16),
    isRemote: true,
  });
}

function traceParentOf(span: ApiSpan): string | null {
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (/^0*$/.test(traceId)) return null;
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
