import { describe, expect, it } from 'vitest';
import { CLUSTER_NODE_BYTES_MAX, SEGMENT_PAGE_BYTES_MAX } from '../../../src/base/limits.ts';
import { encodeNode } from '../../../src/coord/cluster/paths.ts';
import type { SegmentRecord } from '../../../src/coord/cluster/segment-nodes.ts';
import {
  assignPages,
  isPageName,
  pageBytes,
  recordBytes,
} from '../../../src/coord/cluster/segment-pages.ts';

const record = (servers: readonly string[] = ['Server_a', 'Server_b']): SegmentRecord => ({
  rowCount: 1_048_576,
  lengthBytes: 12_345_678,
  createdAtMs: 1_700_000_000_000,
  crc: 4_000_000_000,
  file: 'visits/visits_0~0123456789abcdef.segment',
  servers,
  load: '0123456789ab',
});

describe('the pages of a table', () => {
  it('are filled in order, each up to its limit', () => {
    const records = new Map(Array.from({ length: 1_000 }, (_, n) => [`s${n}`, 300]));
    const assigned = assignPages(new Map(), records);
    expect([...assigned.keys()]).toEqual(['0', '1', '2', '3', '4']);
    expect([...assigned.values()].flat()).toEqual([...records.keys()]);
    for (const ids of [...assigned.values()].slice(0, -1)) {
      expect(ids).toHaveLength(Math.floor((SEGMENT_PAGE_BYTES_MAX - 15) / 300));
    }
  });

  it('take new segments where old ones have left room', () => {
    const pages = new Map([
      ['0', SEGMENT_PAGE_BYTES_MAX - 10],
      ['1', SEGMENT_PAGE_BYTES_MAX - 700],
      ['2', SEGMENT_PAGE_BYTES_MAX - 100],
      ['10', 1_000],
    ]);
    const records = new Map([
      ['a', 300],
      ['b', 300],
      ['c', 300],
      ['d', 90],
    ]);
    expect([...assignPages(pages, records)]).toEqual([
      ['1', ['a', 'b', 'd']],
      ['10', ['c']],
    ]);
  });

  it('get names that none has', () => {
    const full = SEGMENT_PAGE_BYTES_MAX;
    const pages = new Map([
      ['0', full],
      ['3', full],
      ['2', full],
    ]);
    expect([...assignPages(pages, new Map([['a', 300]])).keys()]).toEqual(['4']);
    expect(['0', '17', '00', '-1', 'a', 's0', '1.5', ''].filter(isPageName)).toEqual(['0', '17']);
  });

  it('hold what was counted for them, to the byte', () => {
    const records = Array.from({ length: 50 }, (_, n) => [`s${n}`, record()] as const);
    const content = { segments: Object.fromEntries(records) };
    const counted = records.reduce((sum, [id, its]) => sum + recordBytes(id, its), 0);
    expect(encodeNode('/page', content)).toHaveLength(pageBytes(content));
    // The last record has no comma behind it.
    expect(pageBytes(content)).toBe(15 + counted - 1);
  });

  it('have room for another server and a mark in every record of a full one', () => {
    const count = Math.floor(SEGMENT_PAGE_BYTES_MAX / recordBytes('visits_000', record()));
    const grown = { ...record(['Server_a', 'Server_b', 'Server_c']), replacedBy: '0123456789ab' };
    const ids = Array.from({ length: count }, (_, n) => [`visits_${n}`, grown]);
    const bytes = encodeNode('/page', { segments: Object.fromEntries(ids) }).length;
    expect(bytes).toBeLessThan(CLUSTER_NODE_BYTES_MAX);
  });

  it('are refused beyond the limit of a node', () => {
    expect(() => encodeNode('/nyala/x', { text: 'x'.repeat(CLUSTER_NODE_BYTES_MAX) })).toThrow(
      expect.objectContaining({
        code: 'BAD_REQUEST',
        message: expect.stringMatching(/^cluster: \/nyala\/x would take \d+ bytes/),
      }),
    );
  });
});
