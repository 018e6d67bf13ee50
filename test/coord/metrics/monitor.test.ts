import { describe, expect, it } from 'vitest';
import { CoordinatorMetrics } from '../../../src/coord/metrics/coordinator-metrics.ts';
import { javaDouble, monitorValues, prometheusText } from '../../../src/coord/metrics/monitor.ts';
import { leaderStatus } from '../admin/status-fixture.ts';

describe('metrics for Prometheus', () => {
  it('are gauges, counters and summaries in the text format', () => {
    const metrics = new CoordinatorMetrics();
    metrics.summary('fsynctime').add(3);
    metrics.counter('snap_count').add(2);
    for (let value = 1; value <= 100; value++) metrics.summary('readlatency').add(value);
    const lines = prometheusText(leaderStatus({ metrics })).split('\n');
    expect(lines.slice(0, 6)).toEqual([
      '# HELP avg_latency ms to answer a request',
      '# TYPE avg_latency gauge',
      'avg_latency 0',
      '# HELP max_latency greatest ms to answer a request',
      '# TYPE max_latency gauge',
      'max_latency 0',
    ]);
    const from = lines.indexOf('# HELP op_count_total requests of clients');
    expect(lines.slice(from)).toEqual([
      '# HELP op_count_total requests of clients',
      '# TYPE op_count_total counter',
      'op_count_total 0',
      '# HELP snap_count followers brought up to date by a snapshot',
      '# TYPE snap_count counter',
      'snap_count 2',
      '# HELP readlatency ms to answer a read',
      '# TYPE readlatency summary',
      'readlatency{quantile="0.5"} 50',
      'readlatency{quantile="0.9"} 90',
      'readlatency{quantile="0.99"} 99',
      'readlatency_sum 5050',
      'readlatency_count 100',
      '# HELP updatelatency ms to answer a write',
      '# TYPE updatelatency summary',
      'updatelatency{quantile="0.5"} 0',
      'updatelatency{quantile="0.9"} 0',
      'updatelatency{quantile="0.99"} 0',
      'updatelatency_sum 0',
      'updatelatency_count 0',
      '# HELP fsynctime ms to make a batch of entries durable',
      '# TYPE fsynctime summary',
      'fsynctime_sum 3',
      'fsynctime_count 1',
      '',
    ]);
  });

  it('have no name twice, and only names that Prometheus takes', () => {
    const text = prometheusText(leaderStatus());
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
  });
});

describe('values of mntr', () => {
  it('leave out what is not measured', () => {
    const tree = { ...leaderStatus().tree, approximateDataBytes: null };
    const names = monitorValues(leaderStatus({ tree, role: 'standalone', raft: null })).map(
      ({ name }) => name,
    );
    for (const name of ['approximate_data_size', 'learners', 'quorum_size', 'peer_state']) {
      expect(names).not.toContain(name);
    }
    expect(names.filter((name) => name.startsWith('jvm_'))).toEqual([]);
  });

  it('print fractions as Java does', () => {
    expect([0, 3, 0.25, 12.3333].map(javaDouble)).toEqual(['0.0', '3.0', '0.25', '12.3333']);
  });
});
