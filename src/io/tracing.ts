/** Facts of a span, by name as OpenTelemetry's conventions have them. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work that is measured, while it goes on. */
export interface Span {
  /** The header `traceparent` (W3C Trace Context) by which others make their work part of it; may be null. */
  readonly traceParent: string | null;
  /** Adds facts that are known only now. */
  set(attributes: SpanAttributes): void;
}

/** Where spans go. */
export interface Tracer {
  /**
   * Runs work as a span: it ends when the work does, as an error when that throws.
   *
   * @param parent the `traceparent` of what it is part of, as a header or of a span; null for none.
   */
  span<R>(
    name: string,
    parent: string | null,
    attributes: SpanAttributes,
    work: (span: Span) => Promise<R>,
  ): Promise<R>;
}

/** A tracer that keeps nothing. */
export const noTracer: Tracer = {
  span: (_name, parent, _attributes, work) => work({ traceParent: parent, set: () => {} }),
};
