import { describe, expect, it } from 'vitest';
import { openMemoryTable } from '../support/memory-table.ts';

/** Parking lots that were found taken or free; times in hours. */
const schema = {
  name: 'parking',
  columns: [
    { name: 'lot', type: 'STRING' },
    { name: 'level', type: 'INT' },
    { name: 'hour', type: 'BIGINT' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'taken', type: 'BOOLEAN' },
    { name: 'cars', type: 'BIGINT' },
    { name: 'note', type: 'STRING' },
  ],
} as const;

const events = [
  ['a', 1, 10, true, 5, 'x'],
  ['a', 1, 12, false, 6, 'y'],
  ['b', 1, 11, true, 7, 'z'],
  ['b', 1, 8, false, 1, 'w'],
  ['b', 1, 9, true, 2, 'v'],
  ['c', 2, 14, true, 9, 'late'],
] as const;

const HOUR_MICROS = 3_600_000_000n;

const open = () =>
  openMemoryTable(
    schema,
    events.map(([lot, level, hour, taken, cars, note]) => [
      ...[lot, level, BigInt(hour), BigInt(hour) * HOUR_MICROS, hour, taken, BigInt(cars), note],
    ]),
    { segmentRows: 2 },
  );

async function rows(sql: string): Promise<unknown[][]> {
  const table = await open();
  try {
    return await table.sql(sql);
  } finally {
    await table.close();
  }
}

const HOURS = "'1:HOURS:EPOCH', '10', '14', '1:HOURS'";

describe('GAPFILL', () => {
  it('gives every series a row for every bucket', async () => {
    expect(
      await rows(
        `SELECT GAPFILL(hour, ${HOURS}, FILL(taken, 'FILL_PREVIOUS_VALUE'), FILL(note, 'FILL_DEFAULT_VALUE'),
           TIMESERIESON(lot)) AS t, lot, taken, cars, note FROM parking ORDER BY lot, t`,
      ),
    ).toEqual([
      [10n, 'a', true, 5n, 'x'],
      [11n, 'a', true, 0n, ''],
      [12n, 'a', false, 6n, 'y'],
      [13n, 'a', false, 0n, ''],
      // What came before the start lends its value, the latest of it.
      [10n, 'b', true, 0n, ''],
      [11n, 'b', true, 7n, 'z'],
      [12n, 'b', true, 0n, ''],
      [13n, 'b', true, 0n, ''],
    ]);
  });

  it('goes bucket by bucket when no order is asked for, and then counts LIMIT and OFFSET', async () => {
    const sql = `SELECT lot, GAPFILL(hour, ${HOURS}, TIMESERIESON(level, lot)), level FROM parking`;
    const all = await rows(sql);
    expect(all.map(([, hour]) => hour)).toEqual([10n, 10n, 11n, 11n, 12n, 12n, 13n, 13n]);
    expect(all.slice(0, 3).map(([lot]) => lot)).toEqual(['a', 'b', 'b']);
    expect(await rows(`${sql} LIMIT 2 OFFSET 3`)).toEqual(all.slice(3, 5));
  });

  it('fills groups', async () => {
    expect(
      await rows(
        `SELECT GAPFILL(hour, ${HOURS}, FILL(most, 'FILL_PREVIOUS_VALUE'), TIMESERIESON(level)) AS t, level,
           MAX(cars) AS most, COUNT(*) AS c FROM parking WHERE lot <> 'c' GROUP BY hour, level
         HAVING COUNT(*) < 5 ORDER BY GAPFILL(hour, ${HOURS}, TIMESERIESON(level)) DESC`,
      ),
    ).toEqual([
      [13n, 1, 6n, 0n],
      [12n, 1, 6n, 1n],
      [11n, 1, 7n, 1n],
      [10n, 1, 5n, 1n],
    ]);
  });

  it("takes Pinot's nested forms: over an aggregation, and an aggregation over it", async () => {
    const inner = `SELECT DATETIMECONVERT(hour, '1:HOURS:EPOCH', '1:MILLISECONDS:SIMPLE_DATE_FORMAT:yyyy-MM-dd HH', '1:HOURS') AS time_col,
      lot, LASTWITHTIME(taken, hour, 'BOOLEAN') AS status FROM parking GROUP BY 1, 2 LIMIT 200`;
    const gapfill = `SELECT GAPFILL(time_col, '1:MILLISECONDS:SIMPLE_DATE_FORMAT:yyyy-MM-dd HH', '1970-01-01 10',
      '1970-01-01 13', '1:HOURS', FILL(status, 'FILL_PREVIOUS_VALUE'), TIMESERIESON(lot)) AS time_col, lot, status
      FROM (${inner}) LIMIT 200`;
    const filled = await rows(gapfill);
    expect(filled).toHaveLength(6);
    expect(filled[0]).toEqual(['1970-01-01 10', 'a', true]);
    expect(
      await rows(
        `SELECT time_col, COUNT(*) FILTER (WHERE status) AS taken FROM (${gapfill}) GROUP BY time_col ORDER BY 1`,
      ),
    ).toEqual([
      ['1970-01-01 10', 2n],
      ['1970-01-01 11', 2n],
      ['1970-01-01 12', 1n],
    ]);
    expect(
      await rows(`SELECT lot FROM (${gapfill}) WHERE status AND time_col > '1970-01-01 11'`),
    ).toEqual([['b']]);
  });

  it('takes moments, days and series without a key', async () => {
    const moments =
      "'1:MILLISECONDS:TIMESTAMP', '1970-01-01 10:30:00', '1970-01-01 12:00:00', '30:MINUTES'";
    expect(
      await rows(
        `SELECT GAPFILL(at, ${moments}, TIMESERIESON()), cars FROM parking WHERE lot = 'a' ORDER BY 1`,
      ),
    ).toEqual([
      [HOUR_MICROS * 10n + HOUR_MICROS / 2n, 0n],
      [HOUR_MICROS * 11n, 0n],
      [HOUR_MICROS * 11n + HOUR_MICROS / 2n, 0n],
    ]);
    const days = "'TIMESTAMP', '1970-01-12', '1970-01-15', '1:DAYS', '1:days'";
    expect(
      await rows(
        `SELECT GAPFILL(day, ${days}, TIMESERIESON(lot)), lot, cars FROM parking WHERE lot = 'a'
         ORDER BY GAPFILL(day, ${days}, TIMESERIESON(lot))`,
      ),
    ).toEqual([
      [24n * HOUR_MICROS * 11n, 'a', 0n],
      [24n * HOUR_MICROS * 12n, 'a', 6n],
      [24n * HOUR_MICROS * 13n, 'a', 0n],
    ]);
  });

  it('keeps rows inside of a bucket, and answers nothing of nothing', async () => {
    const steps = "'1:HOURS:EPOCH', '9', '15', '3:HOURS'";
    expect(
      await rows(
        `SELECT GAPFILL(hour, ${steps}, TIMESERIESON(lot)) AS t, lot FROM parking WHERE lot <> 'b' ORDER BY lot, t`,
      ),
    ).toEqual([
      [10n, 'a'],
      [12n, 'a'],
      [9n, 'c'],
      [14n, 'c'],
    ]);
    expect(
      await rows(
        `SELECT GAPFILL(hour, ${HOURS}, TIMESERIESON(lot)), lot FROM parking WHERE lot = '?'`,
      ),
    ).toEqual([]);
  });

  it.each([
    [`GAPFILL(hour, ${HOURS}), lot`, 'INVALID_QUERY', 'TIMESERIESON is missing'],
    [`GAPFILL(hour, '1:HOURS:EPOCH', TIMESERIESON(lot)), lot`, 'INVALID_QUERY', 'the start of'],
    [`GAPFILL(hour, ${HOURS}, lot), lot`, 'INVALID_QUERY', 'GAPFILL takes a time'],
    [`GAPFILL(hour, ${HOURS}, TIMESERIESON(lots)), lot`, 'UNKNOWN_COLUMN', 'did you mean lot?'],
    [
      `GAPFILL(hour, ${HOURS}, FILL(lot, 'FILL_NEXT_VALUE'), TIMESERIESON(lot)), lot`,
      'INVALID_QUERY',
      'FILL_PREVIOUS_VALUE or FILL_DEFAULT_VALUE',
    ],
    [`GAPFILL(note, ${HOURS}, TIMESERIESON(lot)), lot`, 'TYPE_MISMATCH', 'takes BIGINT as time'],
    [
      `GAPFILL(hour, ${HOURS}, '1:DAYS', TIMESERIESON(lot)), lot`,
      'NOT_SUPPORTED',
      'GAPFILL with a second step',
    ],
    [
      `DISTINCT GAPFILL(hour, ${HOURS}, TIMESERIESON(lot)), lot`,
      'NOT_SUPPORTED',
      'GAPFILL with SELECT DISTINCT',
    ],
    [
      `GAPFILL(hour, ${HOURS}, TIMESERIESON()), GAPFILL(hour, ${HOURS}, TIMESERIESON())`,
      'INVALID_QUERY',
      'one GAPFILL',
    ],
    [`1 + GAPFILL(hour, ${HOURS}, TIMESERIESON())`, 'NOT_SUPPORTED', 'function GAPFILL'],
    [
      "GAPFILL(hour, '1:HOURS:EPOCH', '14', '10', '1:HOURS', TIMESERIESON())",
      'INVALID_QUERY',
      'takes a start before its end',
    ],
    [
      "GAPFILL(hour, '1:HOURS:EPOCH', '1', '9', 'HOURS', TIMESERIESON())",
      'INVALID_QUERY',
      "a step such as '1:HOURS'",
    ],
    [
      "GAPFILL(hour, '1:HOURS:EPOCH', 'one', '9', '1:HOURS', TIMESERIESON())",
      'BAD_CAST',
      "found 'one'",
    ],
    [
      "GAPFILL(hour, '1:HOURS:EPOCH', '0', '9000', '1:MILLISECONDS', TIMESERIESON())",
      'MEMORY_LIMIT',
      'its limit is 10000000',
    ],
    [
      "GAPFILL(hour, '1:HOURS:EPOCH', '0', '1000', '1:SECONDS', TIMESERIESON(lot)), lot",
      'MEMORY_LIMIT',
      'its limit is 10000000',
    ],
  ])('refuses %s', async (list, code, message) => {
    const failing = rows(`SELECT ${list} FROM parking`);
    await expect(failing).rejects.toEqual(expect.objectContaining({ code }));
    await expect(rows(`SELECT ${list} FROM parking`)).rejects.toThrow(message);
  });

  it('is ordered by its own columns only', async () => {
    const sql = `SELECT GAPFILL(hour, ${HOURS}, TIMESERIESON()) FROM parking ORDER BY cars`;
    await expect(rows(sql)).rejects.toThrow('ORDER BY takes only expressions of the select list');
  });
});
