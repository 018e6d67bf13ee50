/** Facts of a span, by name as OpenTelemetry's conventions have them. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Whether a span answers another process, asks one, or neither. */
export type SpanKind = 'internal' | 'server' | 'client';

/** What others may be part of. */
export interface SpanParent {
  /** The header `traceparent` (W3C Trace Context) by which others make their work part of it; may be null. */
  readonly traceParent: string | null;
  /** Begins a part of it. Caller must: end that. */
  begin(name: string, kind?: SpanKind): Span;
}

/** A piece of work that is measured, while it goes on. */
export interface Span extends SpanParent {
  /** False when nobody keeps it: then what is only for it need not be computed. */
  readonly isRecording: boolean;
  /** Adds facts that are known only now. */
  set(attributes: SpanAttributes): void;
  /** Calls it something else, now that more is known. */
  rename(name: string): void;
  /**
   * Adds a part of it that is over.
   *
   * @param offsetMs from the beginning of this span to that of the part.
   * @returns the part, for parts of its own.
   */
  add(name: string, offsetMs: number, durationMs: number, attributes: SpanAttributes): Span;
  /** It is over, without success when there is an error. Of that it tells the code only: texts have values in them. */
  end(error?: unknown): void;
}

/** Where spans go. */
export interface Tracer {
  /**
   * Begins a span. Caller must: end it.
   *
   * @param parent the `traceparent` of what it is part of; null, or no such header, for none.
   */
  begin(name: string, parent: string | null, kind?: SpanKind): Span;
}

/** The span of another process that a header names, or none. */
export function remoteParent(tracer: Tracer, traceParent: string | null): SpanParent {
  return { traceParent, begin: (name, kind) => tracer.begin(name, traceParent, kind) };
}

/** Does work, which may be part of a span, and ends the span with it, as an error when that throws. */
export async function spanned<R>(span: Span, work: (span: Span) => R | Promise<R>): Promise<R> {
  try {
    const result = await work(span);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** `traceparent` of W3C Trace Context, version 00: trace, parent and flags. Zeros name nothing. */
export const TRACE_PARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The request header by which work in another process is part of a span. */
export const TRACE_PARENT_HEADER = 'traceparent';

/** A span that nobody keeps, and all of its parts. Others that are kept elsewhere may be part of its parent. */
class UnrecordedSpan implements Span {
  readonly traceParent: string | null;
  readonly isRecording = false;

  constructor(traceParent: string | null) {
    this.traceParent = traceParent;
  }

  set(): void {}

  rename(): void {}

  begin(): Span {
    return this;
  }

  add(): Span {
    return this;
  }

  end(): void {}
}

/** A span that nobody keeps, which is part of nothing. */
export const noSpan: Span = new UnrecordedSpan(null);

/** A span that nobody keeps; its parent is passed on if it is a `traceparent`. */
export function unrecordedSpan(parent: string | null): Span {
  return parent !== null && TRACE_PARENT.test(parent) ? new UnrecordedSpan(parent) : noSpan;
}

/** A tracer that keeps nothing. */
export const noTracer: Tracer = { begin: (_name, parent) => unrecordedSpan(parent) };
