import { describe, expect, it } from 'vitest';
import { TableRoutes } from '../../src/broker/table-routes.ts';
import type { SegmentRecord } from '../../src/coord/cluster/segment-nodes.ts';

const record = (servers: readonly string[], its: Partial<SegmentRecord> = {}): SegmentRecord => ({
  rowCount: 1,
  lengthBytes: 1,
  createdAtMs: 0,
  crc: 1,
  file: 't/s.segment',
  servers,
  ...its,
});
const page = (segments: Record<string, SegmentRecord>) => ({ segments });
const serving = (...ids: string[]) => ({
  segments: Object.fromEntries(ids.map((id) => [id, 1])),
  failed: {},
});
const state = (version: number, ...loads: string[]) => ({
  version,
  pending: Object.fromEntries(
    loads.map((load) => [load, { kind: 'load', startedAtMs: 0 } as const]),
  ),
});

describe('the routes of a table', () => {
  it('lead to servers that say they serve, and to all that should when none says so', () => {
    const routes = new TableRoutes();
    routes.setState(state(1));
    routes.setPage('0', page({ s: record(['a', 'b']), r: record(['b', 'c']) }));
    routes.setServing('0', 'b', serving('s'));
    expect([...routes.routes]).toEqual([
      ['s', ['b']],
      ['r', ['b', 'c']],
    ]);
    routes.setServing('0', 'a', serving('s'));
    expect(routes.routes.get('s')).toEqual(['a', 'b']);
    routes.setServing('0', 'a', null);
    expect(routes.routes.get('s')).toEqual(['b']);
  });

  it('never lead to a server that serves what it should not hold any more', () => {
    const routes = new TableRoutes();
    routes.setPage('0', page({ s: record(['b']) }));
    routes.setServing('0', 'a', serving('s'));
    routes.setServing('0', 'b', serving('s'));
    expect(routes.routes.get('s')).toEqual(['b']);
  });

  it('change all at once when a load ends, in whatever pages it is', () => {
    const routes = new TableRoutes();
    routes.setState(state(2, 'l'));
    routes.setPage('0', page({ old: record(['a'], { replacedBy: 'l' }), kept: record(['a']) }));
    routes.setPage('1', page({ new1: record(['a'], { load: 'l' }) }));
    routes.setPage('2', page({ new2: record(['a'], { load: 'l' }) }));
    const before = routes.routes;
    expect([...before.keys()]).toEqual(['old', 'kept']);
    routes.setState(state(3));
    expect([...routes.routes.keys()]).toEqual(['kept', 'new1', 'new2']);
    expect(routes.version).toBe(3);
    // Queries that are under way go on with what they were given.
    expect([...before.keys()]).toEqual(['old', 'kept']);
    expect(before.size).toBe(2);
    expect(before.get('old')).toEqual(['a']);
    expect(before.has('new1')).toBe(false);
  });

  it('take no notice of pages that a change does not touch', () => {
    const routes = new TableRoutes();
    routes.setState(state(1));
    routes.setPage('0', page({ s: record(['a']) }));
    routes.setPage('1', page({ r: record(['a']) }));
    let looks = 0;
    const watched = new Proxy(page({ q: record(['a']) }), {
      get: (target, key) => {
        looks++;
        return Reflect.get(target, key);
      },
    });
    routes.setPage('2', watched);
    looks = 0;
    routes.setServing('1', 'a', serving('r'));
    routes.setPage('0', page({}));
    routes.setState(state(2, 'x'));
    expect(looks).toBe(0);
    expect([...routes.routes.keys()]).toEqual(['r', 'q']);
  });

  it('know records, and forget them', () => {
    const routes = new TableRoutes();
    routes.setPage('0', page({ s: record(['a'], { rowCount: 7 }) }));
    expect(routes.record('s')?.rowCount).toBe(7);
    // A segment that goes to another page is found whichever page is told of first.
    routes.setPage('1', page({ s: record(['a'], { rowCount: 8 }) }));
    routes.setPage('0', page({}));
    expect(routes.record('s')?.rowCount).toBe(8);
    routes.setPage('1', null);
    routes.setPage('0', null);
    expect(routes.record('s')).toBeNull();
    expect(routes.isEmpty).toBe(true);
  });
});
