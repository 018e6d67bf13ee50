import {
  type Span as ApiSpan,
  SpanKind as ApiSpanKind,
  type Tracer as ApiTracer,
  type Context,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { EngineError } from '../base/errors.ts';
import {
  noSpan,
  type Span,
  type SpanAttributes,
  type SpanKind,
  TRACE_PARENT,
  type Tracer,
  unrecordedSpan,
} from './tracing.ts';

/**
 * A tracer by OpenTelemetry's API. It keeps nothing unless the process was started with an SDK, such as
 * `node --import ./tracing.js`.
 */
export function nodeTracer(): Tracer {
  const tracer = trace.getTracer('nyala');
  return {
    begin: (name, parent, kind = 'internal') => {
      const startMs = Date.now();
      const span = tracer.startSpan(name, { kind: KINDS[kind] }, contextOf(parent));
      return spanOf(tracer, span, startMs);
    },
  };
}

const KINDS: Readonly<Record<SpanKind, ApiSpanKind>> = {
  internal: ApiSpanKind.INTERNAL,
  server: ApiSpanKind.SERVER,
  client: ApiSpanKind.CLIENT,
};

/** Parts of a span that is not kept are not kept either, so it stands for all of them. */
function spanOf(tracer: ApiTracer, span: ApiSpan, startMs: number): Span {
  if (span.isRecording()) return new RecordedSpan(tracer, span, startMs);
  const isNothing = span.spanContext().traceId === INVALID_TRACEID;
  return isNothing ? noSpan : unrecordedSpan(traceParentOf(span));
}

class RecordedSpan implements Span {
  readonly isRecording = true;
  readonly traceParent: string;
  readonly #tracer: ApiTracer;
  readonly #span: ApiSpan;
  /** Wall clock. */
  readonly #startMs: number;

  constructor(tracer: ApiTracer, span: ApiSpan, startMs: number) {
    this.#tracer = tracer;
    this.#span = span;
    this.#startMs = startMs;
    this.traceParent = traceParentOf(span);
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  begin(name: string, kind: SpanKind = 'internal'): Span {
    const startMs = Date.now();
    const span = this.#tracer.startSpan(name, { kind: KINDS[kind] }, this.#context);
    return spanOf(this.#tracer, span, startMs);
  }

  add(name: string, offsetMs: number, durationMs: number, attributes: SpanAttributes): Span {
    const startMs = this.#startMs + offsetMs;
    const span = this.#tracer.startSpan(name, { attributes, startTime: startMs }, this.#context);
    const part = spanOf(this.#tracer, span, startMs);
    span.end(startMs + durationMs);
    return part;
  }

  end(error?: unknown): void {
    if (error !== undefined) {
      const type = errorType(error);
      this.#span.setAttribute('error.type', type);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: type });
    }
    this.#span.end();
  }

  get #context(): Context {
    return trace.setSpan(ROOT_CONTEXT, this.#span);
  }
}

function errorType(error: unknown): string {
  if (error instanceof EngineError) return error.code;
  return error instanceof Error ? error.name : typeof error;
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

function traceParentOf(span: ApiSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
