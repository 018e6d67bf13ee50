import { describe, expect, it } from 'vitest';
import { ConnectionStatistics } from '../../../src/coord/metrics/connection-statistics.ts';
import { CoordinatorMetrics } from '../../../src/coord/metrics/coordinator-metrics.ts';

function open() {
  const metrics = new CoordinatorMetrics();
  const facts = {
    id: 1,
    remote: { host: '10.0.0.7', port: 40_001 },
    isSecure: false,
    establishedMs: 1_000,
  };
  return { metrics, connection: new ConnectionStatistics(facts, metrics) };
}

describe('statistics of a connection', () => {
  it('measure each request from its arrival to its answer, in order', () => {
    const { connection, metrics } = open();
    connection.received(45);
    connection.began('createSession', 0, 10);
    connection.began('create', 1, 11);
    connection.began('getData', 2, 12);
    expect(connection.outstandingCount).toBe(3);
    connection.accepted({ sessionId: 0x77n, timeoutMs: 6_000 });
    connection.answered(0, 1n, 41, 13);
    expect(connection).toMatchObject({ lastOperation: 'SESS', lastXid: 0, lastLatencyMs: 3 });
    connection.answered(1, 2n, 20, 21);
    expect(connection).toMatchObject({ lastOperation: 'CREA', lastXid: 1, lastLatencyMs: 10 });
    connection.answered(2, 2n, 30, 22);
    expect(connection).toMatchObject({
      lastOperation: 'GETD',
      lastXid: 2,
      lastZxid: 2n,
      lastResponseMs: 22,
      outstandingCount: 0,
      receivedCount: 1,
      sentCount: 3,
    });
    expect(metrics.latencyMs).toMatchObject({ min: 3, max: 10, count: 3 });
    expect(metrics.summary('updatelatency').sum).toBe(13);
    expect(metrics.summary('readlatency').sum).toBe(10);
    expect(metrics.counter('op_count_create').value).toBe(1);
    expect(metrics.counter('op_count_total').value).toBe(3);
    expect(metrics.responseSizes).toMatchObject({ last: 30, min: 20, max: 41 });
  });

  it('answer pings past waiting requests and leave the last request alone', () => {
    const { connection } = open();
    connection.began('sync', 7, 0);
    connection.began('ping', -2, 5);
    connection.answered(-2, 3n, 20, 5);
    expect(connection).toMatchObject({ lastOperation: 'PING', lastXid: -1, outstandingCount: 1 });
    connection.answered(7, 3n, 20, 30);
    expect(connection).toMatchObject({ lastOperation: 'SYNC', lastXid: 7, lastLatencyMs: 30 });
  });

  it('count more requests in flight than they began with room for', () => {
    const { connection } = open();
    for (let xid = 1; xid <= 5; xid++) connection.began('exists', xid, xid);
    for (let xid = 1; xid <= 5; xid++) connection.answered(xid, 1n, 1, xid);
    for (let xid = 6; xid <= 50; xid++) connection.began('exists', xid, xid);
    for (let xid = 6; xid <= 50; xid++) {
      connection.answered(xid, 1n, 1, xid + xid);
      expect(connection.lastLatencyMs).toBe(xid);
    }
  });

  it('tell events from answers', () => {
    const { connection, metrics } = open();
    connection.notified(40);
    expect(connection.sentCount).toBe(1);
    expect(connection.lastOperation).toBe('NA');
    expect(metrics.counter('watch_bytes').value).toBe(40);
    expect(metrics.packetsSent.value).toBe(1);
  });
});
