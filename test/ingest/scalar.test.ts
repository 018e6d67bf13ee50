import { describe, expect, it } from 'vitest';
import { parseDate, parseTimestamp } from '../../src/base/datetime.ts';
import { Prng } from '../../src/base/prng.ts';
import type { DataType } from '../../src/base/types.ts';
import { quickDate, quickInteger, quickTimestamp } from '../../src/ingest/quick-parse.ts';
import { inferType, type Scalar, scalarTo } from '../../src/ingest/scalar.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

describe('a field becomes a value of the type asked for', () => {
  const cases: [DataType, NonNullable<Scalar>, string | number | bigint | null][] = [
    ['BOOLEAN', 'True', 1],
    ['BOOLEAN', false, 0],
    ['BOOLEAN', '0', 0],
    ['BOOLEAN', 'yes', null],
    ['INT', '2147483647', 2_147_483_647],
    ['INT', '2147483648', null],
    ['INT', '+5', 5],
    ['INT', 1.5, null],
    ['INT', true, null],
    ['BIGINT', '-9223372036854775808', -(2n ** 63n)],
    ['BIGINT', '9223372036854775808', null],
    ['BIGINT', '1.0', null],
    ['BIGINT', '', null],
    ['BIGINT', '-', null],
    ['BIGINT', '+9007199254740993', 2n ** 53n + 1n],
    ['BIGINT', 2 ** 60, null],
    ['DOUBLE', '1e3', 1000],
    ['DOUBLE', '.5', 0.5],
    ['DOUBLE', '0x10', null],
    ['DOUBLE', '-Infinity', -Infinity],
    ['DOUBLE', 'nan', Number.NaN],
    ['DOUBLE', ' 1', null],
    ['DATE', '2024-02-29', 19_782],
    ['DATE', '2023-02-29', null],
    ['DATE', 5, null],
    ['TIMESTAMP', '1970-01-01T00:00:01', 1_000_000],
    ['TIMESTAMP', '1970-01-01 00:00:00.0000019', 1n],
    ['TIMESTAMP', '1970-01-01T01:30:00+01:30', 0n],
    ['TIMESTAMP', '1969-12-31 23:00-0100', 0n],
    ['TIMESTAMP', '1970-01-02', 86_400_000_000n],
    ['TIMESTAMP', 1_700_000_000_000, 1_700_000_000_000_000n],
    ['TIMESTAMP', '1700000000000', 1_700_000_000_000_000n],
    ['TIMESTAMP', '1970-01-01 24:00:00', null],
    ['TIMESTAMP', 'now', null],
    ['STRING', 5n, '5'],
    ['STRING', '', ''],
  ];
  for (const [type, value, expected] of cases) {
    it(`${type} from ${JSON.stringify(String(value))}`, () => {
      expect(scalarTo(type, value)).toEqual(expected);
    });
  }
});

describe('types are inferred', () => {
  const cases: [Scalar[], DataType][] = [
    [['true', null, 'FALSE'], 'BOOLEAN'],
    [['1', '0'], 'BIGINT'],
    [['1', '2.5'], 'DOUBLE'],
    [['1', 'x'], 'STRING'],
    [['007'], 'STRING'],
    [['0', '0.5', '-0.5'], 'DOUBLE'],
    [['2024-01-01', '2024-01-02'], 'DATE'],
    [['2024-01-01', '2024-01-02 10:00:00'], 'TIMESTAMP'],
    [['1700000000000', '2024-01-02 10:00:00'], 'STRING'],
    [[null, null], 'STRING'],
    [[], 'STRING'],
    [[1, 2n ** 62n], 'BIGINT'],
    [[1, 2n ** 64n], 'DOUBLE'],
    [[true, 1], 'STRING'],
  ];
  for (const [values, type] of cases) {
    it(`${type} from ${values.map(String).join(', ') || 'nothing'}`, () => {
      expect(inferType(values)).toBe(type);
    });
  }
});

describe('the quick forms agree with the thorough ones', () => {
  it('on random texts that are nearly dates, moments and integers', () => {
    const random = new Prng(seed);
    const digits = (count: number) =>
      Array.from({ length: count }, () => random.pick([...'0012359'])).join('');
    let found = 0;
    for (let round = 0; round < 50_000; round++) {
      const date = `${digits(4)}-${random.pick(['0', '1'])}${digits(1)}-${random.pick([...'0123'])}${digits(1)}`;
      const moment = `${date}${random.pick(['T', ' ', 'x'])}${digits(2)}:${digits(2)}:${digits(2)}`;
      const text = moment.slice(0, random.pick([10, 16, 19, 19, 19]));
      const days = quickDate(date);
      expect([date, days]).toEqual([date, parseDate(date)]);
      const micros = quickTimestamp(text);
      if (micros !== null) {
        found++;
        expect([text, BigInt(micros)]).toEqual([text, parseTimestamp(text)]);
      } else if (text.length === 19) {
        expect([text, parseTimestamp(text)]).toEqual([text, null]);
      }
      const integer = `${random.pick(['-', '', '', 'a'])}${digits(random.integer(0, 17))}`;
      const quick = quickInteger(integer);
      if (quick !== null) expect([integer, quick]).toEqual([integer, Number(integer)]);
      else expect(/^-?\d{1,14}$/.test(integer)).toBe(false);
    }
    expect(found).toBeGreaterThan(100);
  });
});
