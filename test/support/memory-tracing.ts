import {
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { nodeTracer } from '../../src/io/node-tracing.ts';
import type { Tracer as NyalaTracer } from '../../src/io/tracing.ts';

/** A span that is over. */
export class MemorySpan implements Span {
  readonly parentId: string | null;
  readonly kind: SpanKind;
  readonly attributes: Attributes = {};
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  name: string;
  startMs: number;
  endMs = Number.NaN;
  readonly #context: SpanContext;
  readonly #done: MemorySpan[];

  constructor(name: string, options: SpanOptions, context: Context, done: MemorySpan[]) {
    const parent = trace.getSpanContext(context);
    this.name = name;
    this.kind = options.kind ?? 0;
    this.parentId = parent?.spanId ?? null;
    this.startMs = timeOf(options.startTime);
    Object.assign(this.attributes, options.attributes);
    this.#done = done;
    this.#context = {
      traceId: parent?.traceId ?? hexNumber(32),
      spanId: hexNumber(16),
      traceFlags: TraceFlags.SAMPLED,
    };
  }

  get id(): string {
    return this.#context.spanId;
  }

  get traceId(): string {
    return this.#context.traceId;
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  setAttribute(key: string, value: Attributes[string]): this {
    return this.setAttributes({ [key]: value });
  }

  setAttributes(attributes: Attributes): this {
    if (!this.isRecording()) throw new Error(`${this.name} is over`);
    Object.assign(this.attributes, attributes);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }

  updateName(name: string): this {
    this.name = name;
    return this;
  }

  end(endTime?: TimeInput): void {
    if (!this.isRecording()) throw new Error(`${this.name} ended twice`);
    this.endMs = timeOf(endTime);
    this.#done.push(this);
  }

  isRecording(): boolean {
    return Number.isNaN(this.endMs);
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  recordException(): void {}
}

/** Keeps all spans of this process, as an SDK would; by OpenTelemetry's API alone. */
export class MemoryTracing implements TracerProvider {
  readonly done: MemorySpan[] = [];
  /** Begun, so that those which never end show. */
  begunCount = 0;
  readonly tracer: NyalaTracer;

  private constructor() {
    trace.disable();
    trace.setGlobalTracerProvider(this);
    this.tracer = nodeTracer();
  }

  /** Takes the place of what was there. */
  static register(): MemoryTracing {
    return new MemoryTracing();
  }

  getTracer(): Tracer {
    return {
      startSpan: (name, options = {}, context) => {
        if (context === undefined) throw new Error('a span needs its context');
        this.begunCount++;
        return new MemorySpan(name, options, context, this.done);
      },
      startActiveSpan: () => {
        throw new Error('no span is active on its own');
      },
    };
  }

  reset(): void {
    this.done.length = 0;
    this.begunCount = 0;
  }

  named(name: string): MemorySpan[] {
    return this.done.filter((span) => span.name === name);
  }

  /** Names of spans, each with those of its parts, in the order of their beginnings. */
  tree(parentId: string | null = null): readonly unknown[] {
    return this.done
      .filter((span) => span.parentId === parentId)
      .sort((left, right) => left.startMs - right.startMs || left.id.localeCompare(right.id))
      .map((span) => {
        const parts = this.tree(span.id);
        return parts.length === 0 ? span.name : [span.name, ...parts];
      });
  }

  /** Nothing is kept any more. */
  close(): void {
    trace.disable();
  }
}

let nextNumber = 1;

/** Ids rise, so that spans which begin in the same millisecond have an order. */
function hexNumber(digits: number): string {
  return (nextNumber++).toString(16).padStart(digits, '0');
}

function timeOf(time: TimeInput | undefined): number {
  if (time === undefined) return Date.now();
  if (typeof time !== 'number') throw new Error('a number of milliseconds is expected');
  return time;
}
