import { expect, it } from 'vitest';
import { EVALUATED_DOMAINS_BYTES_MAX } from '../../src/base/limits.ts';
import {
  keepDomain,
  keepStepsMin,
  knownDomain,
  knownStepsMin,
} from '../../src/exec/evaluated-domains.ts';
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
  const domain = { table: null, values: ints(3) };
  keepDomain(left, plus(1), domain);
  expect(knownDomain(left, plus(1))).toBe(domain);
  expect(knownDomain(left, plus(2))).toBeNull();
  expect(knownDomain(left, { ...plus(1), type: 'BIGINT' })).toBeNull();
  // Another column of the same name: that of another segment.
  expect(knownDomain(right, plus(1))).toBeNull();
});

it('those that were not used for longest make room', () => {
  const own = metadata('k');
  const entry = EVALUATED_DOMAINS_BYTES_MAX / 8;
  for (let number = 0; number < 20; number++) {
    keepDomain(own, plus(number), { table: null, values: ints(entry / 4) });
    expect(knownDomain(own, plus(0))).not.toBeNull();
  }
  const kept = Array.from({ length: 20 }, (_, number) => knownDomain(own, plus(number)) !== null);
  expect(kept.filter(Boolean)).toHaveLength(7);
  expect(kept.slice(-6)).not.toContain(false);
});

it('neither very large ones are kept nor texts that lie in the memory of a column', () => {
  const own = metadata('k');
  keepDomain(own, plus(1), { table: null, values: ints(EVALUATED_DOMAINS_BYTES_MAX / 8) });
  expect(knownDomain(own, plus(1))).toBeNull();
  const dictionary = { length: 1, isSorted: true, at: () => 'a' };
  const codes = Uint32Array.of(0);
  const values: Vector = { kind: 'text', type: 'STRING', codes, dictionary, nulls: null };
  keepDomain(own, plus(2), { table: null, values });
  expect(knownDomain(own, plus(2))).toBeNull();
});

it('that there are many steps is known until there are values', () => {
  const own = metadata('k');
  expect(knownStepsMin(own, plus(1))).toBe(0);
  keepStepsMin(own, plus(1), 5_000);
  keepStepsMin(own, plus(1), 7_000);
  expect(knownStepsMin(own, plus(1))).toBe(7_000);
  expect(knownDomain(own, plus(1))).toBeNull();
  const domain = { table: Uint32Array.of(0, 0, 1), values: ints(2) };
  keepDomain(own, plus(1), domain);
  expect(knownDomain(own, plus(1))).toBe(domain);
  expect(knownStepsMin(own, plus(1))).toBe(0);
});
