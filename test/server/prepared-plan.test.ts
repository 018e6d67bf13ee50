import { describe, expect, it } from 'vitest';
import { KEPT_JOBS_MAX } from '../../src/base/limits.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { reduce } from '../../src/exec/reduce.ts';
import type { Engine } from '../../src/server/engine.ts';
import { groupFinish } from '../../src/sql/plan.ts';
import { planQuery } from '../../src/sql/query.ts';
import {
  answerRows,
  type BuiltSegment,
  buildSegments,
  memorySource,
  openEngine,
} from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'key', type: 'INT' },
    { name: 'name', type: 'STRING' },
  ],
};

function planned(text: string) {
  const { plan } = planQuery(text, {
    resolveTable: () => schema,
    tableNames: () => ['t'],
    nowMs: 0,
    evaluateConstant: () => null,
  });
  return plan;
}

/** Segments of four rows with keys from a number on. */
function segmentsFrom(first: number, count: number, prefix = ''): readonly BuiltSegment[] {
  const rows = Array.from({ length: count }, (_, row) => [first + row, `n${(first + row) % 3}`]);
  return buildSegments(schema, rows, { segmentRows: 4 }, prefix);
}

function add(engine: Engine, segments: readonly BuiltSegment[]): string[] {
  for (const { metadata, file } of segments) engine.addSegment(metadata, memorySource(file));
  return segments.map(({ metadata }) => metadata.name);
}

async function ask(
  engine: Engine,
  plan: ReturnType<typeof planned>,
  names: readonly string[],
): Promise<unknown[][]> {
  const options = { finish: groupFinish(plan.reduce) };
  const { partial, release } = await engine.execute(plan.leaf!, names, 60_000, options);
  try {
    return answerRows(reduce(plan, [partial], engine.mainContext));
  } finally {
    release();
  }
}

describe.each([0, 2])('a plan that comes again, on %i threads', (threads) => {
  it('is answered from the segments that there are then', async () => {
    const engine = await openEngine(threads);
    try {
      const plan = planned('SELECT SUM(key), COUNT(*) FROM t WHERE key >= 2');
      const names = add(engine, segmentsFrom(0, 8));
      expect(await ask(engine, plan, names)).toEqual([[27n, 6n]]);
      expect(await ask(engine, plan, names)).toEqual([[27n, 6n]]);
      expect(await ask(engine, plan, names.slice(0, 1))).toEqual([[5n, 2n]]);
      // The same name, and other rows.
      add(engine, segmentsFrom(100, 4));
      expect(await ask(engine, plan, names)).toEqual([[428n, 8n]]);
      const more = [...names, ...add(engine, segmentsFrom(1000, 4, 'more'))];
      expect(await ask(engine, plan, more)).toEqual([[4434n, 12n]]);
      engine.removeSegment('t', names[0]!);
      await expect(ask(engine, plan, more)).rejects.toMatchObject({ code: 'SEGMENT_UNAVAILABLE' });
      expect(await ask(engine, plan, more.slice(1))).toEqual([[4028n, 8n]]);
    } finally {
      await engine.close();
    }
  });

  it('is answered after more others than a thread keeps', async () => {
    const engine = await openEngine(threads);
    try {
      const names = add(engine, segmentsFrom(0, 40));
      const plans = Array.from({ length: KEPT_JOBS_MAX + 5 }, (_, least) =>
        planned(
          `SELECT name, COUNT(*) FROM t WHERE key >= ${least % 39} GROUP BY name LIMIT ${least + 3}`,
        ),
      );
      for (let round = 0; round < 2; round++) {
        for (const [least, plan] of plans.entries()) {
          const rows = await ask(engine, plan, names);
          const count = rows.reduce((sum, [, own]) => sum + Number(own), 0);
          expect(count, `round ${round}, plan ${least}`).toBe(40 - (least % 39));
        }
      }
    } finally {
      await engine.close();
    }
  });
});

describe('an engine with threads', () => {
  it('answers on its own thread what has few rows', async () => {
    const engine = await openEngine(2, undefined, { callerRowsMax: 100 });
    try {
      const names = add(engine, segmentsFrom(0, 40));
      const plan = planned('SELECT name, SUM(key) FROM t GROUP BY name ORDER BY name');
      const expected = [
        ['n0', 273n],
        ['n1', 247n],
        ['n2', 260n],
      ];
      for (let round = 0; round < 2; round++) {
        expect(await ask(engine, plan, names)).toEqual(expected);
      }
    } finally {
      await engine.close();
    }
  });
});
