import { describe, expect, it } from 'vitest';
import { parseTimestamp } from '../../src/base/datetime.ts';
import { findTimeZone, offsetText, timeZoneNames } from '../../src/base/time-zone.ts';

const seconds = (text: string) => Number(parseTimestamp(text)! / 1_000_000n);

describe('offsets of zones', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['Europe/Berlin', '2024-03-31 00:59:59', '+01:00'],
    ['Europe/Berlin', '2024-03-31 01:00:00', '+02:00'],
    ['Europe/Berlin', '2024-10-27 00:59:59', '+02:00'],
    ['Europe/Berlin', '2024-10-27 01:00:00', '+01:00'],
    ['Europe/Berlin', '1800-01-01 00:00:00', '+00:53:28'],
    ['America/New_York', '2024-03-10 06:59:59', '-05:00'],
    ['America/New_York', '2024-03-10 07:00:00', '-04:00'],
    ['America/New_York', '2024-11-03 05:59:59', '-04:00'],
    ['America/New_York', '2024-11-03 06:00:00', '-05:00'],
    ['America/New_York', '2424-07-01 00:00:00', '-04:00'],
    ['Asia/Kolkata', '2024-07-01 00:00:00', '+05:30'],
    ['Australia/Lord_Howe', '2024-07-01 00:00:00', '+10:30'],
    ['Africa/Casablanca', '2024-03-20 00:00:00', '+00:00'], // Ramadan: a month without summer time
    ['Africa/Casablanca', '2024-04-20 00:00:00', '+01:00'],
    ['europe/berlin', '123456-07-01 00:00:00', '+02:00'],
    ['UTC', '2024-07-01 00:00:00', '+00:00'],
    ['z', '2024-07-01 00:00:00', '+00:00'],
    ['+02:00', '2024-07-01 00:00:00', '+02:00'],
    ['-0530', '2024-07-01 00:00:00', '-05:30'],
    ['GMT+3', '2024-07-01 00:00:00', '+03:00'],
    ['+18:00', '2024-07-01 00:00:00', '+18:00'],
  ];

  it.each(cases)('%s at %s UTC is %s', (name, moment, expected) => {
    expect(offsetText(findTimeZone(name)!.offsetAt(seconds(moment)))).toBe(expected);
  });

  it('agree with Intl throughout two centuries', () => {
    for (const name of ['Europe/Berlin', 'America/Sao_Paulo', 'Asia/Pyongyang', 'Pacific/Apia']) {
      const format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        timeZoneName: 'longOffset',
      });
      const zone = findTimeZone(name)!;
      for (let moment = -5.3e9; moment < 4e9; moment += 7_654_321) {
        const expected = format.format(moment * 1000).split('GMT')[1]!;
        expect(offsetText(zone.offsetAt(moment))).toBe(expected === '' ? '+00:00' : expected);
      }
    }
  });

  it('do not exist for other names', () => {
    for (const name of [
      '',
      'Europe/Berlino',
      '+19:00',
      '+1:2:3',
      '+01:60',
      'UTC+',
      'a'.repeat(99),
    ]) {
      expect(findTimeZone(name)).toBeUndefined();
    }
    expect(timeZoneNames()).toContain('Europe/Berlin');
  });
});

describe('local times', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['Europe/Berlin', '2024-03-31 01:59:59', '2024-03-31 00:59:59'],
    ['Europe/Berlin', '2024-03-31 02:30:00', '2024-03-31 01:30:00'], // skipped: means 03:30
    ['Europe/Berlin', '2024-03-31 03:00:00', '2024-03-31 01:00:00'],
    ['Europe/Berlin', '2024-10-27 02:30:00', '2024-10-27 00:30:00'], // twice: the first
    ['Europe/Berlin', '2024-10-27 03:00:00', '2024-10-27 02:00:00'],
    ['America/New_York', '2024-03-10 02:15:00', '2024-03-10 07:15:00'],
    ['America/New_York', '2024-11-03 01:15:00', '2024-11-03 05:15:00'],
    ['Asia/Kolkata', '2024-11-03 00:00:00', '2024-11-02 18:30:00'],
    ['Australia/Lord_Howe', '2024-10-06 02:15:00', '2024-10-05 15:45:00'], // half an hour skipped
    ['Pacific/Apia', '2011-12-30 12:00:00', '2011-12-30 22:00:00'], // a day skipped
  ];

  it.each(cases)('%s %s is %s UTC', (name, local, expected) => {
    expect(findTimeZone(name)!.toUtc(seconds(local))).toBe(seconds(expected));
  });

  it('come back from every moment that is not the second of two', () => {
    const zone = findTimeZone('America/New_York')!;
    for (let moment = 1.7e9; moment < 1.74e9; moment += 1801) {
      const local = moment + zone.offsetAt(moment);
      const back = zone.toUtc(local);
      expect([moment, moment - 3600]).toContain(back);
      expect(back + zone.offsetAt(back)).toBe(local);
    }
  });
});
