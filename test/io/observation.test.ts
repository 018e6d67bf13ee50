import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeLog } from '../../src/io/node-log.ts';
import { nodeMetrics } from '../../src/io/node-metrics.ts';
import { nodeTracer } from '../../src/io/node-tracing.ts';
import { observedHandler } from '../../src/io/observed-handler.ts';
import { noSpan, noTracer, type Span, spanned } from '../../src/io/tracing.ts';

describe('metrics', () => {
  it('are counted, observed and read, and printed for Prometheus', async () => {
    const metrics = nodeMetrics({ withProcess: false });
    const counter = metrics.counter({ name: 'c_total', help: 'things', labelNames: ['kind'] });
    const histogram = metrics.histogram({ name: 'h_seconds', help: 'times' }, [1, 2]);
    let size = 3;
    metrics.gauge({ name: 'g', help: 'size' }, () => size);
    metrics.gauge({ name: 'parts', help: 'sizes', labelNames: ['of'] }, () => [
      { labels: { of: 'a' }, value: size },
    ]);
    counter.add(2, { kind: 'good' });
    histogram.observe(1.5);
    size = 4;
    const { contentType, body } = await metrics.text();
    expect(contentType).toContain('text/plain');
    for (const line of ['c_total{kind="good"} 2', 'h_seconds_bucket{le="2"} 1', 'g 4']) {
      expect(body.split('\n')).toContain(line);
    }
    expect(body).toContain('parts{of="a"} 4');
    expect(body).toContain('# HELP g size');
  });

  it('count what a handler answers, and are an answer themselves', async () => {
    const metrics = nodeMetrics({ withProcess: false });
    const handler = observedHandler(
      ({ url }) => new Response('', { status: url.endsWith('/wrong') ? 400 : 200 }),
      'broker',
      { metrics, tracer: noTracer, clock: nodeClock },
    );
    for (const path of ['right', 'wrong', 'wrong']) await handler(new Request(`http://x/${path}`));
    const response = await handler(new Request('http://x/metrics'));
    expect(response.headers.get('content-type')).toContain('text/plain');
    const lines = (await response.text()).split('\n');
    expect(lines).toContain('nyala_broker_http_requests_total{method="GET",status="400"} 2');
    expect(lines).toContain('nyala_broker_http_request_seconds_count 3');
  });

  it('can have those of the process', async () => {
    const { body } = await nodeMetrics({ withProcess: true }).text();
    expect(body).toMatch(/^process_resident_memory_bytes \d+/m);
  });
});

describe('the log', () => {
  const logTo = (format: 'text' | 'json', level: 'info' | 'warn' = 'info') => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    return { lines, log: nodeLog({ name: 'broker-1', level, format, write }) };
  };

  it('writes lines for people', () => {
    const { lines, log } = logTo('text');
    log.warn('slow query', { ms: 2000, sql: 'SELECT ?' });
    expect(lines).toEqual([
      expect.stringMatching(/^\S+T\S+Z warn broker-1: slow query \(ms: 2000, sql: SELECT \?\)\n$/),
    ]);
  });

  it('writes JSON for machines, with the code of what can happen and the stack of a defect', () => {
    const { lines, log } = logTo('json');
    log.error('lost', new EngineError('IO', 'no disk'), { table: 't' });
    log.error('broken', new TypeError('x is undefined'));
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ name: 'broker-1', msg: 'lost', code: 'IO', table: 't' });
    expect(first).not.toHaveProperty('stack');
    expect(second.stack).toContain('observation.test');
  });

  it('leaves out what matters less', () => {
    const { lines, log } = logTo('json', 'warn');
    log.info('started');
    expect(lines).toEqual([]);
  });
});

describe('spans', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  trace.setGlobalTracerProvider(provider);
  afterAll(() => trace.disable());

  it('are parts of others across processes, and know errors', async () => {
    const tracer = nodeTracer();
    const work = async (query: Span) => {
      query.set({ rows: 3 });
      expect(query.traceParent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      const leaf = tracer.begin('leaf', query.traceParent, 'server');
      await spanned(leaf, () => Promise.reject(new EngineError('IO', 'no file SECRET')));
    };
    await spanned(tracer.begin('query', null), work).catch(() => 'it is known');
    const [leaf, query] = exporter.getFinishedSpans();
    expect(query).toMatchObject({ name: 'query', attributes: { rows: 3 } });
    expect(leaf?.parentSpanContext?.spanId).toBe(query?.spanContext().spanId);
    expect(leaf?.spanContext().traceId).toBe(query?.spanContext().traceId);
    expect(leaf).toMatchObject({ kind: SpanKind.SERVER, attributes: { 'error.type': 'IO' } });
    expect(leaf?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'IO' });
  });

  it('have parts that were measured otherwise, and may be called something else later', () => {
    exporter.reset();
    const scan = nodeTracer().begin('scan', null);
    scan.rename('scan of t');
    scan.add('filter', 2, 5, { rows: 3 }).add('predicate', 1, 2, {});
    scan.end();
    const [filter, predicate, whole] = exporter.getFinishedSpans();
    const ms = ([seconds, nanos]: readonly [number, number]) => seconds * 1e3 + nanos / 1e6;
    expect(whole?.name).toBe('scan of t');
    expect(filter).toMatchObject({ name: 'filter', attributes: { rows: 3 } });
    expect(filter?.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
    expect(ms(filter!.duration)).toBe(5);
    expect(predicate?.parentSpanContext?.spanId).toBe(filter?.spanContext().spanId);
    expect(ms(predicate!.startTime) - ms(filter!.startTime)).toBeCloseTo(1, 3);
  });

  it('are made of requests, as parts of what their header names', async () => {
    exporter.reset();
    const observers = { metrics: nodeMetrics({ withProcess: false }), tracer: nodeTracer() };
    let passedOn: string | null = null;
    const notFound = ({ headers }: Request) => {
      passedOn = headers.get('traceparent');
      return new Response('', { status: 404 });
    };
    const handler = observedHandler(notFound, 'broker', { ...observers, clock: nodeClock });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await handler(new Request('http://x/query', { headers: { traceparent } }));
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      name: 'broker request',
      attributes: { 'http.request.method': 'GET', 'http.response.status_code': 404 },
    });
    expect(span?.parentSpanContext).toMatchObject({ spanId: 'b'.repeat(16) });
    expect(passedOn).toBe(`00-${'a'.repeat(32)}-${span?.spanContext().spanId}-01`);
  });

  it('cost nothing when nobody keeps them, and are passed on all the same', () => {
    trace.disable();
    try {
      const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      for (const tracer of [nodeTracer(), noTracer]) {
        const span = tracer.begin('query', parent);
        expect(span).toMatchObject({ isRecording: false, traceParent: parent });
        expect(span.begin('plan')).toBe(span);
        expect(span.add('filter', 0, 1, {})).toBe(span);
        expect(tracer.begin('query', null)).toBe(noSpan);
      }
    } finally {
      trace.setGlobalTracerProvider(provider);
    }
  });

  it('take no header that is not one', async () => {
    exporter.reset();
    const zeros = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`;
    for (const header of ['nonsense', zeros]) nodeTracer().begin('query', header).end();
    const spans = exporter.getFinishedSpans();
    expect(spans.map((span) => span.parentSpanContext)).toEqual([undefined, undefined]);
  });
});
