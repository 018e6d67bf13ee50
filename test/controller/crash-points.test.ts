import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SEGMENT_PAGE_BYTES_MAX } from '../../src/base/limits.ts';
import { encodeNode } from '../../src/coord/cluster/paths.ts';
import type { SegmentRecord } from '../../src/coord/cluster/segment-nodes.ts';
import { recordBytes } from '../../src/coord/cluster/segment-pages.ts';
import { until } from '../coord/harness.ts';
import {
  CatalogCluster,
  type Controller,
  Crash,
  schemaOf,
  visibleFiles,
} from './catalog-cluster.ts';

let cluster: CatalogCluster;

beforeEach(async () => {
  cluster = new CatalogCluster();
});
afterEach(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

/** A change of table `t`, which has segments `a`, `b` and `c`; `uploads` are of `b` and `d`. */
interface Change {
  readonly name: string;
  /** What has happened before it. */
  prepare?(controller: Controller, uploads: readonly string[]): Promise<unknown>;
  run(controller: Controller, uploads: readonly string[]): Promise<unknown>;
  /** Names of the segments that queries see afterwards; null when there is no table. */
  readonly after: readonly string[] | null;
  /** What doing it again answers when it has been done. */
  readonly again?: string;
}

const INVERTED = { tableIndexConfig: { invertedIndexColumns: ['n'] } };

const CHANGES: readonly Change[] = [
  {
    name: 'a new table',
    run: ({ catalog }) => catalog.createTable(schemaOf('u')),
    after: ['a', 'b', 'c'],
  },
  {
    name: 'a load',
    run: ({ catalog }, [, d]) => catalog.commitLoad('t', [d!]),
    after: ['a', 'b', 'c', 'd'],
  },
  {
    name: 'a load that replaces segments, one of them under its name',
    run: ({ catalog }, uploads) => catalog.commitLoad('t', uploads, ['a', 'b']),
    after: ['b', 'c', 'd'],
  },
  {
    name: 'dropping segments',
    run: ({ catalog }) => catalog.dropSegments('t', ['a', 'c']),
    after: ['b'],
    again: 'NOT_FOUND',
  },
  {
    name: 'dropping the table',
    run: ({ catalog }) => catalog.dropTable('t'),
    after: null,
    again: 'UNKNOWN_TABLE',
  },
  {
    name: 'the end of a replacement',
    prepare: prepareReplacement,
    run: ({ catalog, state }) => catalog.endReplacement('t', replacementOf(state)),
    after: ['b', 'c', 'd'],
    again: 'NOT_FOUND',
  },
  {
    name: 'a replacement that is taken back',
    prepare: prepareReplacement,
    run: ({ catalog, state }) => catalog.revertReplacement('t', replacementOf(state)),
    after: ['a', 'b', 'c'],
    again: 'NOT_FOUND',
  },
  {
    name: 'disabling the table',
    run: ({ catalog }) => catalog.disableTable('t'),
    after: ['a', 'b', 'c'],
  },
  {
    name: 'a configuration',
    run: ({ catalog }) => catalog.configure('t', INVERTED),
    after: ['a', 'b', 'c'],
  },
];

async function prepareReplacement({ catalog }: Controller, uploads: readonly string[]) {
  const id = await catalog.startReplacement('t', ['a', 'b']);
  await catalog.addToReplacement('t', id, uploads);
}

function replacementOf(state: Controller['state']): string {
  return Object.keys(state.segments.get('t')?.state?.pending ?? {})[0] ?? 'none';
}

/**
 * A page with room for one record, so that what is added goes to two. Its segments are on no server, and
 * have files that are not looked at.
 */
async function fillPage(): Promise<void> {
  const segments: Record<string, SegmentRecord> = {};
  let bytes = 0;
  for (let n = 0; bytes < SEGMENT_PAGE_BYTES_MAX - ROOM_BYTES; n++) {
    const its = { rowCount: 1, lengthBytes: 1, createdAtMs: 0, crc: 0, servers: [] };
    const record = { ...its, file: `t/filler${n}.segment`, configRevision: 1_000 };
    segments[`filler${n}`] = record;
    bytes += recordBytes(`filler${n}`, record);
  }
  const client = await cluster.connect();
  const path = '/nyala/segments/t/0';
  await client.create(path, encodeNode(path, { segments }));
}

/** More than a record takes, and less than two. */
const ROOM_BYTES = 400;

async function setUp({ prepare }: Partial<Change> = {}): Promise<string[]> {
  for (const server of ['Server_a', 'Server_b']) await cluster.server(server);
  const first = await cluster.controller('first');
  await first.lead();
  await first.catalog.createTable(schemaOf('t'));
  await fillPage();
  const uploads = ['a', 'b', 'c'].map((name, value) => cluster.upload('t', name, value));
  await first.catalog.commitLoad('t', await Promise.all(uploads));
  await first.state.settled();
  expect(first.state.segments.get('t')?.pages.size).toBe(2);
  const later = await Promise.all(['b', 'd'].map((name) => cluster.upload('t', name, 7)));
  await prepare?.(first, later);
  await first.close();
  return later;
}

function namesOf(controller: Controller): string[] | null {
  if (!controller.state.tables.has('t')) return null;
  const files = visibleFiles(controller, 't').filter((text) => !text.startsWith('filler'));
  return files.map((text) => text.split(' ')[0]!);
}

/** Everything that is seen has its file, and no load is under way. */
function checkWhole(controller: Controller): void {
  const { state } = controller;
  const pending = Object.values(state.segments.get('t')?.state?.pending ?? {});
  expect(pending.filter(({ kind }) => kind === 'load')).toEqual([]);
  if (!state.tables.has('t')) return;
  for (const text of visibleFiles(controller, 't')) {
    const file = text.split(' ')[1]!;
    if (!file.includes('filler')) expect([...cluster.store.objects.keys()]).toContain(file);
  }
}

/** Runs a change in a controller that ends at a write; returns true when it has not come to that. */
async function runUntilCrash(
  change: Change,
  uploads: readonly string[],
  write: number,
  when: 'before' | 'after',
): Promise<boolean> {
  const crash = { write, when };
  const controller = await cluster.controller('stopped', { crash });
  try {
    await controller.lead();
    await change.run(controller, uploads);
    return true;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return false;
  } finally {
    await controller.close();
  }
}

describe.each(CHANGES)('$name', (change) => {
  it.each(['before', 'after'] as const)(
    'is done or not, and can be done again, when its controller ends %s any of its writes',
    async (when) => {
      const before = ['a', 'b', 'c'];
      for (let write = 1, isDone = false; !isDone; write++) {
        cluster = new CatalogCluster();
        const uploads = await setUp(change);
        isDone = await runUntilCrash(change, uploads, write, when);
        const next = await cluster.controller('next');
        await next.lead();
        checkWhole(next);
        const seen = namesOf(next);
        expect([before, change.after]).toContainEqual(seen);
        try {
          await change.run(next, uploads);
        } catch (error) {
          expect(error).toMatchObject({ code: change.again });
        }
        await next.state.settled();
        checkWhole(next);
        if (change.after !== null || seen !== null) expect(namesOf(next)).toEqual(change.after);
        await next.close();
        await cluster.close();
        expect(write).toBeLessThan(40);
      }
      cluster = new CatalogCluster();
    },
    60_000,
  );
});

describe('what was replaced', () => {
  it('is removed by whoever leads, records and files', async () => {
    const uploads = await setUp();
    const first = await cluster.controller('first');
    await first.lead();
    await first.catalog.commitLoad('t', uploads, ['a', 'b']);
    await first.close();
    const next = await cluster.controller('next');
    await next.lead();
    await until('the store has what is seen only', async () => {
      const { objects } = cluster.store;
      return objects.size === 3;
    });
    await next.state.settled();
    const pages = [...next.state.segments.get('t')!.pages.values()];
    const ids = pages.flatMap(({ segments }) => Object.keys(segments));
    expect(ids.filter((id) => !id.startsWith('filler')).sort()).toEqual(['b~1', 'c', 'd']);
    await next.close();
  });
});
