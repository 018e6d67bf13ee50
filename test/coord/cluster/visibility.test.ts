import { describe, expect, it } from 'vitest';
import { parseServingPath, servingName } from '../../../src/coord/cluster/paths.ts';
import { nextSegmentId, segmentName } from '../../../src/coord/cluster/segment-id.ts';
import { isReplaced, isVisible } from '../../../src/coord/cluster/visibility.ts';

const underWay = (...loads: string[]) =>
  Object.fromEntries(loads.map((load) => [load, { kind: 'load', startedAtMs: 0 } as const]));

describe('what queries see', () => {
  it.each([
    ['of no load', {}, [], true],
    ['of a load that is done', { load: 'a' }, ['b'], true],
    ['of a load that is under way', { load: 'a' }, ['a'], false],
    ['that is being replaced', { replacedBy: 'b' }, ['b'], true],
    ['that was replaced', { replacedBy: 'b' }, ['a'], false],
    ['of a load under way that another one replaces', { load: 'a', replacedBy: 'b' }, ['a'], false],
    ['loaded, and being replaced', { load: 'a', replacedBy: 'b' }, ['b'], true],
    ['loaded and replaced', { load: 'a', replacedBy: 'b' }, [], false],
  ])('a segment %s', (_, record, pending, expected) => {
    expect(isVisible(record, underWay(...pending))).toBe(expected);
  });

  it('changes with one write for all that a load brings and takes away', () => {
    const segments = [{ load: 'a' }, { load: 'a' }, { replacedBy: 'a' }, { load: 'b' }];
    const visible = (...pending: string[]) =>
      segments.map((segment) => isVisible(segment, underWay(...pending)));
    expect(visible('a')).toEqual([false, false, true, true]);
    expect(visible()).toEqual([true, true, false, true]);
  });

  it('says which records can go', () => {
    expect(isReplaced({ replacedBy: 'a' }, underWay())).toBe(true);
    expect(isReplaced({ replacedBy: 'a' }, underWay('a'))).toBe(false);
    expect(isReplaced({}, underWay('a'))).toBe(false);
  });
});

describe('names', () => {
  it('of segments stay, while ids count rows that take the place of others', () => {
    expect(nextSegmentId('visits_1')).toBe('visits_1~1');
    expect(nextSegmentId('visits_1~9')).toBe('visits_1~10');
    expect(segmentName('visits_1~10')).toBe('visits_1');
    expect(segmentName('visits_1')).toBe('visits_1');
  });

  it('of what servers say are taken apart again', () => {
    const name = servingName('Server_127.0.0.1_8098', '12');
    expect(parseServingPath(`visits/${name}`)).toEqual({
      table: 'visits',
      server: 'Server_127.0.0.1_8098',
      page: '12',
    });
    expect(parseServingPath('visits')).toBeNull();
    expect(parseServingPath('visits/Server_of_layout_1')).toBeNull();
  });
});
