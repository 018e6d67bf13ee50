import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { Value } from '../../src/base/types.ts';
import { openMemoryTable } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`funnels: SEED=${seed}`);

const schema = {
  name: 'visits',
  columns: [
    { name: 'who', type: 'STRING' },
    { name: 'house', type: 'INT' },
    { name: 'at', type: 'BIGINT' },
    { name: 'moment', type: 'TIMESTAMP' },
    { name: 'page', type: 'STRING' },
  ],
} as const;

/** Rows of (who, time, page); the moment is so many milliseconds. */
function rowsOf(visits: readonly (readonly [string | null, number, string])[]): Value[][] {
  return visits.map(([who, at, page]) => [who, at % 2, BigInt(at), BigInt(at) * 1000n, page]);
}

const open = (visits: readonly (readonly [string | null, number, string])[], segmentRows = 3) =>
  openMemoryTable(schema, rowsOf(visits), { segmentRows });

const STEPS = "page = 'home', page = 'cart', page = 'paid'";

describe('FUNNEL_COUNT', () => {
  const visits = [
    ['ann', 1, 'home'],
    ['ann', 2, 'cart'],
    ['ann', 3, 'paid'],
    ['bob', 4, 'cart'],
    ['bob', 5, 'home'],
    ['bob', 6, 'home'],
    ['cid', 7, 'paid'],
    ['cid', 8, 'cart'],
    ['dan', 9, 'home'],
    [null, 10, 'home'],
  ] as const;

  it('counts the values that have done a step and all before it, in any order', async () => {
    const table = await open(visits);
    const one = async (call: string) => (await table.sql(`SELECT ${call} FROM visits`))[0];
    try {
      const steps = `STEPS(${STEPS})`;
      expect(await one(`FUNNEL_COUNT(${steps}, CORRELATE_BY(who))`)).toEqual(['[3,2,1]']);
      expect(
        await one(
          `funnelCount(correlate_by(who), settings('set', 'nominalEntries = 16'), ${steps})`,
        ),
      ).toEqual(['[3,2,1]']);
      expect(
        await one(`FUNNEL_COUNT(${steps}, CORRELATE_BY(who)) FILTER (WHERE who <> 'ann')`),
      ).toEqual(['[2,1,0]']);
      expect(await one(`FUNNEL_COUNT(${steps}, CORRELATE_BY(who, house))`)).toEqual(['[4,1,0]']);
      expect(await one("FUNNEL_COUNT(STEPS(page = 'x'), CORRELATE_BY(who))")).toEqual(['[0]']);
      expect(
        await table.sql(
          `SELECT house, FUNNEL_COUNT(${steps}, CORRELATE_BY(who)) FROM visits GROUP BY 1 ORDER BY 1`,
        ),
      ).toEqual([
        [0, '[1,1,0]'],
        [1, '[3,0,0]'],
      ]);
      const none = `SET enableNullHandling = false; SELECT FUNNEL_COUNT(${steps}, CORRELATE_BY(who)) FROM visits`;
      expect(await table.sql(none)).toEqual([['[4,2,1]']]);
    } finally {
      await table.close();
    }
  });

  it('says what is wrong with its arguments', async () => {
    const table = await open(visits);
    try {
      for (const [args, message] of [
        [`STEPS(${STEPS})`, 'takes STEPS(condition, …), CORRELATE_BY'],
        ['CORRELATE_BY(who)', 'takes STEPS(condition, …), CORRELATE_BY'],
        [`STEPS(${STEPS}), CORRELATE_BY(who), who`, 'takes STEPS(condition, …), CORRELATE_BY'],
        [`STEPS(house), CORRELATE_BY(who)`, 'BOOLEAN'],
        [`STEPS(${STEPS}), CORRELATE_BY(who), SETTINGS('bitmaps')`, 'did you mean bitmap?'],
        [`DISTINCT STEPS(${STEPS}), CORRELATE_BY(who)`, 'takes no *, DISTINCT or ORDER BY'],
        [`STEPS(${Array(65).fill('TRUE')}), CORRELATE_BY(who)`, '64 steps at most, found 65'],
      ] as const) {
        const sql = `SELECT FUNNEL_COUNT(${args}) FROM visits`;
        await expect(table.sql(sql), args).rejects.toThrow(message);
      }
    } finally {
      await table.close();
    }
  });
});

describe('funnels over windows', () => {
  const measure = async (
    visits: readonly (readonly [string | null, number, string])[],
    options: string,
    window = 10,
  ): Promise<unknown[]> => {
    const table = await open(visits);
    try {
      const args = `at, ${window}, 3, ${STEPS}${options}`;
      const [row] = await table.sql(
        `SELECT FUNNEL_MAX_STEP(${args}), FUNNEL_COMPLETE_COUNT(${args}), FUNNEL_MATCH_STEP(${args}) FROM visits`,
      );
      return row!;
    } finally {
      await table.close();
    }
  };
  const visit = (text: string) =>
    text.split(' ').map((word, at): [string, number, string] => {
      const page = { h: 'home', c: 'cart', p: 'paid' }[word] ?? word;
      return ['ann', at, page];
    });

  it.each([
    ['h c p', '', 10, [3, 1, '[1,1,1]']],
    ['p c h', '', 10, [1, 0, '[1,0,0]']],
    ['c p c', '', 10, [0, 0, '[0,0,0]']],
    // The window is open at its end.
    ['h c p', '', 2, [2, 0, '[1,1,0]']],
    ['h c p h c p', '', 10, [3, 2, '[1,1,1]']],
    ['h c x p', ", 'STRICT_ORDER'", 10, [3, 1, '[1,1,1]']],
    ['h c x p', ", 'STRICT_ORDER', 'KEEP_ALL'", 10, [2, 0, '[1,1,0]']],
    ['h c x p', ", 'mode=strict_order, keep_all'", 10, [2, 0, '[1,1,0]']],
    ['h c c p', ", 'STRICT_DEDUPLICATION'", 10, [2, 0, '[1,1,0]']],
    ['h c x x p', ", 'maxStepDuration=2'", 10, [2, 0, '[1,1,0]']],
    ['h c x x p', ", 'maxStepDuration=3'", 10, [3, 1, '[1,1,1]']],
  ] as const)('%s %s within %i', async (text, options, window, expected) => {
    expect(await measure(visit(text), options, window)).toEqual(expected);
  });

  it('takes events of one moment in the order of their steps', async () => {
    const visits = (['paid', 'cart', 'home'] as const).map((page) => ['ann', 5, page] as const);
    expect(await measure(visits, '')).toEqual([3, 1, '[1,1,1]']);
    expect(await measure(visits, ", 'STRICT_INCREASE'")).toEqual([1, 0, '[1,0,0]']);
  });

  it('counts milliseconds of a TIMESTAMP, and answers nothing of nothing', async () => {
    const table = await open(visit('h c p'));
    try {
      const sql = (where: string) =>
        `SELECT FUNNEL_MAX_STEP(moment, 2, 3, ${STEPS}), FUNNEL_MATCH_STEP(moment, 3, 3, ${STEPS}) FROM visits ${where}`;
      expect(await table.sql(sql(''))).toEqual([[2, '[1,1,1]']]);
      expect(await table.sql(sql("WHERE who = 'x'"))).toEqual([[0, '[0,0,0]']]);
    } finally {
      await table.close();
    }
  });

  it('says what is wrong with its arguments', async () => {
    const table = await open(visit('h c p'));
    try {
      for (const [args, message] of [
        ['at, 1', 'takes a time, a window, the number of steps'],
        [`at, 0, 3, ${STEPS}`, 'a constant whole number from 1'],
        [`at, 1, house, ${STEPS}`, 'a constant whole number from 1'],
        [`at, 1, 4, ${STEPS}`, 'takes 4 steps as it says, found 3'],
        [`page, 1, 3, ${STEPS}`, 'takes a TIMESTAMP or whole numbers as time, found STRING'],
        [`at, 1, 2, ${STEPS}`, 'behind its steps'],
        [`at, 1, 3, ${STEPS}, 'STRICT_ORDR'`, 'did you mean STRICT_ORDER?'],
        [`at, 1, 3, ${STEPS}, 'maxStepDuration=0'`, 'maxStepDuration=n'],
        [`9223372036854775807, 1, 3, ${STEPS}`, 'BIGINT'],
      ] as const) {
        const sql = `SELECT FUNNEL_MAX_STEP(${args}) FROM visits`;
        await expect(table.sql(sql), args).rejects.toThrow(message);
      }
      for (const name of ['FUNNEL_STEP_DURATION_STATS', 'FUNNEL_EVENTS_FUNCTION_EVAL']) {
        const refused = expect.objectContaining({ code: 'NOT_SUPPORTED' });
        await expect(table.sql(`SELECT ${name}(at) FROM visits`)).rejects.toEqual(refused);
      }
    } finally {
      await table.close();
    }
  });
});

describe('random funnels', () => {
  const prng = new Prng(seed);
  const pages = ['home', 'cart', 'paid', 'other'];
  const visits = Array.from({ length: 600 }, (): [string, number, string] => [
    `u${prng.integer(0, 20)}`,
    prng.integer(-40, 40),
    pages[prng.integer(0, 4)]!,
  ]);
  const modes = ['STRICT_DEDUPLICATION', 'STRICT_ORDER', 'STRICT_INCREASE', 'KEEP_ALL'] as const;

  it.each([1, 50, 600])('agree with a queue and a sliding window, %i rows a segment', async (n) => {
    const table = await open(visits, n);
    try {
      for (let round = 0; round < 16; round++) {
        const chosen = modes.filter((_, bit) => ((round >> bit) & 1) === 1);
        const window = prng.integer(1, 20);
        const gap = prng.integer(0, 6);
        const options = [...chosen, ...(gap > 0 ? [`maxStepDuration=${gap}`] : [])];
        const args = `at, ${window}, 3, ${STEPS}${options.map((one) => `, '${one}'`).join('')}`;
        const rows = await table.sql(
          `SELECT who, FUNNEL_MAX_STEP(${args}), FUNNEL_COMPLETE_COUNT(${args}) FROM visits GROUP BY who ORDER BY who`,
        );
        const users = [...new Set(visits.map(([who]) => who))].sort();
        const expected = users.map((user) => {
          const events = visits
            .filter(([who]) => who === user)
            .map(([, at, page]) => ({ at, page }));
          return [user, ...simulate(events, window, gap, new Set(chosen))];
        });
        expect(rows, args).toEqual(expected);
      }
    } finally {
      await table.close();
    }
  });
});

/** The greatest step and the complete rounds, as Pinot's documentation of the functions describes them. */
function simulate(
  visits: readonly { readonly at: number; readonly page: string }[],
  window: number,
  gap: number,
  modes: ReadonlySet<string>,
): [number, number] {
  const steps = ['home', 'cart', 'paid'];
  const queue = () =>
    visits
      .map(({ at, page }) => ({ at, step: steps.indexOf(page) }))
      .filter(({ step }) => step >= 0 || modes.has('KEEP_ALL'))
      .sort((left, right) => left.at - right.at || left.step - right.step);
  const fill = (events: ReturnType<typeof queue>, open: ReturnType<typeof queue>): void => {
    while (open.length > 0 && open[0]!.step !== 0) open.shift();
    if (open.length === 0) {
      while (events.length > 0 && events[0]!.step !== 0) events.shift();
      if (events.length === 0) return;
      open.push(events.shift()!);
    }
    while (events.length > 0 && events[0]!.at < open[0]!.at + window) {
      if (gap > 0 && events[0]!.at - open.at(-1)!.at > gap) break;
      open.push(events.shift()!);
    }
  };
  const reach = (open: ReturnType<typeof queue>): number => {
    let [next, last] = [0, Number.NaN];
    for (const { at, step } of open) {
      if (modes.has('STRICT_DEDUPLICATION') && step === next - 1) return next;
      if (modes.has('STRICT_ORDER') && step !== next) return next;
      if (modes.has('STRICT_INCREASE') && at === last) continue;
      if (step === next) [next, last] = [next + 1, at];
      if (next === 3) return next;
    }
    return next;
  };
  let most = 0;
  for (let events = queue(), open: typeof events = []; events.length > 0; open.shift()) {
    fill(events, open);
    if (open.length === 0) break;
    most = Math.max(most, reach(open));
  }
  let rounds = 0;
  for (let events = queue(), open: typeof events = []; events.length > 0; ) {
    fill(events, open);
    if (open.length === 0) break;
    let [next, last, begin] = [0, Number.NaN, open[0]!.at];
    for (const { at, step } of open) {
      if (modes.has('STRICT_DEDUPLICATION') && step === next - 1) next = 0;
      if (modes.has('STRICT_ORDER') && step !== next) next = 0;
      if (modes.has('STRICT_INCREASE') && at === last) continue;
      last = at;
      if (step === next) next++;
      if (next < 3) continue;
      rounds++;
      [next, begin] = [0, at];
    }
    open.shift();
    while (open.length > 0 && open[0]!.at < begin) open.shift();
  }
  return [most, rounds];
}
