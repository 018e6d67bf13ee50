import { expect, it } from 'vitest';
import { EVALUATED_DOMAINS_BYTES_MAX } from '../../src/base/limits.ts';
import { keepDomain, knownDomain } from '../../src/exec/evaluated-domains.ts';
import type { Vector } from '../../src/exec/vector.ts';
import type { ColumnMetadata } from '../../src/segment/metadata.ts';
import { call, column, literal } from '../../src/sql/expression-tools.ts';

const metadata = (name: string): ColumnMetadata => ({
  name,
  type: 'INT',
  encoding: { kind: 'affine', codeBytes: 1, base: 0n, scale: 1n, codeCount: 3 },
  nullCount: 0,
  min: 0,
  max: 2,
  buffers: [],
});
const plus = (number: number) => call('add', [column('k', 'INT'), literal('INT', number)], 'INT');
const ints = (length: number): Vector => ({
  kind: 'flat',
  type: 'INT',
  data: new Int32Array(length),
  nulls: null,
});

it('values are found by column and expression', () => {
  const [left, right] = [metadata('k'), metadata('k')];
  const values = ints(3);
  keepDomain(left, plus(1), values);
  expect(knownDomain(left, plus(1))).toBe(values);
  expect(knownDomain(left, plus(2))).toBeNull();
  expect(knownDomain(left, { ...plus(1), type: 'BIGINT' })).toBeNull();
  // Another column of the same name: that of another segment.
  expect(knownDomain(right, plus(1))).toBeNull();
});

it('those that were not used for longest make room', () => {
  const own = metadata('k');
  const entry = EVALUATED_DOMAINS_BYTES_MAX / 8;
  for (let number = 0; number < 20; number++) {
    keepDomain(own, plus(number), ints(entry / 4));
    expect(knownDomain(own, plus(0))).not.toBeNull();
  }
  const kept = Array.from({ length: 20 }, (_, number) => knownDomain(own, plus(number)) !== null);
  expect(kept.filter(Boolean)).toHaveLength(7);
  expect(kept.slice(-6)).not.toContain(false);
});

it('neither very large ones are kept nor texts that lie in the memory of a column', () => {
  const own = metadata('k');
  keepDomain(own, plus(1), ints(EVALUATED_DOMAINS_BYTES_MAX / 8));
  expect(knownDomain(own, plus(1))).toBeNull();
  const dictionary = { length: 1, isSorted: true, at: () => 'a' };
  const codes = Uint32Array.of(0);
  keepDomain(own, plus(2), { kind: 'text', type: 'STRING', codes, dictionary, nulls: null });
  expect(knownDomain(own, plus(2))).toBeNull();
});
