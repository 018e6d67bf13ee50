import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUSEKEEPING_MS, ORPHAN_GRACE_MS, ORPHAN_SWEEP_MS } from '../../src/base/limits.ts';
import { visibleSegments } from '../../src/controller/cluster-state.ts';
import { encodeNode } from '../../src/coord/cluster/paths.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { until } from '../coord/harness.ts';
import { ManualClock } from '../coord/memory-tcp.ts';
import { CatalogCluster, type Controller, schemaOf, visibleFiles } from './catalog-cluster.ts';

let cluster: CatalogCluster;

beforeEach(async () => {
  cluster = new CatalogCluster();
});
afterEach(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

async function leading(id = 'first', options: Parameters<CatalogCluster['controller']>[1] = {}) {
  const controller = await cluster.controller(id, options);
  await controller.lead();
  return controller;
}

const names = (controller: Controller) =>
  visibleFiles(controller, 't').map((text) => text.split(' ')[0]);

async function load(controller: Controller, segments: readonly string[], replaces?: string[]) {
  const uploads = segments.map((name, value) => cluster.upload('t', name, value));
  const receipt = await controller.catalog.commitLoad('t', await Promise.all(uploads), replaces);
  await controller.state.settled();
  return receipt;
}

describe('a load', () => {
  it('is served by as many servers as a segment should have, and counted', async () => {
    for (const server of ['Server_a', 'Server_b', 'Server_c']) await cluster.server(server);
    const controller = await leading();
    expect(await load(controller, ['a', 'b', 'c'])).toEqual({ segments: 3, rows: 3 });
    for (const { servers, time } of visibleSegments(controller.state, 't').values()) {
      expect(servers).toHaveLength(2);
      expect(time).toBeUndefined();
    }
    for (const server of ['Server_a', 'Server_b', 'Server_c']) {
      const { segments } = controller.state.serving.get(`t/${server}~0`)!;
      expect(Object.keys(segments)).toHaveLength(2);
    }
    await controller.close();
  });

  it('that is asked for again with the same objects does nothing', async () => {
    await cluster.server('Server_a');
    const controller = await leading();
    const objects = [await cluster.upload('t', 'a', 1), await cluster.upload('t', 'b', 2)];
    const receipt = await controller.catalog.commitLoad('t', objects);
    const writes = controller.writes();
    expect(await controller.catalog.commitLoad('t', objects)).toEqual(receipt);
    expect(controller.writes()).toBe(writes);
    await controller.close();
  });

  it('may bring back what was dropped, as long as its file is there, and that stays', async () => {
    await cluster.server('Server_a');
    const controller = await leading();
    const object = await cluster.upload('t', 'a', 1);
    await controller.catalog.commitLoad('t', [object]);
    // Housekeeping of this controller is over, and the next one's finds the record that was dropped.
    await controller.catalog.dropSegments('t', ['a']);
    await controller.catalog.commitLoad('t', [object]);
    await controller.state.settled();
    expect(visibleFiles(controller, 't')).toEqual([`a t/${object}.segment`]);
    await controller.close();
    const next = await leading('next');
    const ids = () =>
      [...next.state.segments.get('t')!.pages.values()].flatMap(({ segments }) =>
        Object.keys(segments),
      );
    await until('the dropped record has gone', () => ids().length === 1);
    expect(ids()).toEqual(['a~1']);
    expect(await cluster.store.list('t')).toEqual([object]);
    await next.close();
  });

  it('of a name that is there is refused, unless it replaces that', async () => {
    await cluster.server('Server_a');
    const controller = await leading();
    await load(controller, ['a', 'b']);
    const before = visibleFiles(controller, 't');
    await expect(load(controller, ['a'])).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(load(controller, ['a'], ['b'])).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(load(controller, ['c'], ['x'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await controller.state.settled();
    expect(visibleFiles(controller, 't')).toEqual(before);
    expect(controller.state.segments.get('t')?.state?.pending).toEqual({});
    await load(controller, ['a'], ['a']);
    await load(controller, ['a'], ['a']);
    const ids = [...visibleSegments(controller.state, 't').keys()];
    expect(ids.sort()).toEqual(['a~2', 'b']);
    await controller.close();
  });

  it('that no server can load leaves nothing, and says why', async () => {
    await cluster.server('Server_a');
    const controller = await leading();
    await load(controller, ['a']);
    const object = await cluster.upload('t', 'b', 1);
    const { open } = cluster.store;
    let opened = 0;
    // The controller reads it, and the server then does not find it.
    cluster.store.open = async (key) => {
      if (key.includes(object) && ++opened > 1) cluster.store.objects.delete(key);
      return open.call(cluster.store, key);
    };
    await expect(controller.catalog.commitLoad('t', [object])).rejects.toMatchObject({
      code: 'SEGMENT_UNAVAILABLE',
      message: expect.stringMatching(
        /segment b could not be loaded by Server_a: store: there is no/,
      ),
    });
    await controller.state.settled();
    expect(names(controller)).toEqual(['a']);
    expect(controller.state.segments.get('t')?.state?.pending).toEqual({});
    await controller.close();
  });

  it('needs a server', async () => {
    const controller = await leading();
    await expect(load(controller, ['a'])).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    expect(controller.state.segments.get('t')?.state?.pending).toEqual({});
    await controller.close();
  });
});

describe('a replacement', () => {
  it('shows what it brings when it ends, whoever leads then', async () => {
    await cluster.server('Server_a');
    const first = await leading();
    await load(first, ['a', 'b', 'c']);
    const id = await first.catalog.startReplacement('t', ['a', 'b']);
    await first.catalog.addToReplacement('t', id, [await cluster.upload('t', 'a', 9)]);
    await first.state.settled();
    expect(names(first)).toEqual(['a', 'b', 'c']);
    await expect(first.catalog.startReplacement('t', ['b'])).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await first.close();
    const next = await leading('next');
    await next.catalog.addToReplacement('t', id, [await cluster.upload('t', 'd', 10)]);
    expect(names(next)).toEqual(['a', 'b', 'c']);
    await next.catalog.endReplacement('t', id);
    await next.state.settled();
    expect(names(next)).toEqual(['a', 'c', 'd']);
    await expect(next.catalog.endReplacement('t', id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await next.close();
  });

  it('that is taken back leaves what was there', async () => {
    await cluster.server('Server_a');
    const controller = await leading();
    await load(controller, ['a', 'b']);
    const before = visibleFiles(controller, 't');
    const id = await controller.catalog.startReplacement('t', ['a']);
    await controller.catalog.addToReplacement('t', id, [await cluster.upload('t', 'a', 9)]);
    await controller.catalog.revertReplacement('t', id);
    await controller.state.settled();
    expect(visibleFiles(controller, 't')).toEqual(before);
    // Nothing marks it any more, so that another one may replace it.
    await controller.catalog.dropSegments('t', ['a']);
    await controller.state.settled();
    expect(names(controller)).toEqual(['b']);
    await controller.close();
  });
});

describe('a controller that was deposed', () => {
  it('writes nothing any more, whatever it believes', async () => {
    await cluster.server('Server_a');
    const first = await leading();
    await load(first, ['a']);
    // As when its session has ended without its knowledge.
    const other = await cluster.connect();
    await other.delete('/nyala/leader/controller');
    const next = await leading('next');
    expect(first.catalog.isLeading).toBe(true);
    const before = visibleFiles(next, 't');
    for (const change of [
      () => first.catalog.createTable(schemaOf('u')),
      () => first.catalog.dropTable('t'),
      () => load(first, ['b']),
    ]) {
      await expect(change()).rejects.toMatchObject({
        code: 'SERVER_UNAVAILABLE',
        message: expect.stringContaining('does not lead any more'),
      });
    }
    expect(first.catalog.isLeading).toBe(false);
    await next.state.settled();
    expect([...next.state.tables.keys()]).toEqual(['t']);
    expect(visibleFiles(next, 't')).toEqual(before);
    await first.close();
    await next.close();
  });
});

describe('what is not needed any more', () => {
  it('is left for a time in which queries end, then goes: record, then file', async () => {
    await cluster.server('Server_a');
    const clock = new ManualClock();
    const graceMs = 5 * HOUSEKEEPING_MS;
    const controller = await leading('first', { clock, graceMs });
    await load(controller, ['a', 'b']);
    await controller.catalog.dropSegments('t', ['a']);
    await controller.state.settled();
    const recorded = () =>
      [...controller.state.segments.get('t')!.pages.values()].flatMap(({ segments }) =>
        Object.keys(segments),
      );
    const keepHouse = async () => {
      const { scheduledCount } = clock;
      clock.advance(HOUSEKEEPING_MS);
      await until('it has looked', () => clock.scheduledCount === scheduledCount);
      await controller.state.settled();
    };
    for (let passed = 0; passed < graceMs; passed += HOUSEKEEPING_MS) {
      await keepHouse();
      expect(recorded()).toEqual(['a', 'b']);
      expect(cluster.store.objects.size).toBe(2);
    }
    await keepHouse();
    expect(recorded()).toEqual(['b']);
    expect(cluster.store.objects.size).toBe(1);
    await controller.close();
  });

  it('are objects that nobody has made a segment of in a day, however often a controller starts', async () => {
    await cluster.server('Server_a');
    const first = await leading();
    await load(first, ['a']);
    await first.close();
    const clock = new ManualClock();
    const left = [
      await cluster.upload('t', 'b', 1, clock.nowMs() - ORPHAN_GRACE_MS),
      await cluster.upload('t', 'c', 1, clock.nowMs() - ORPHAN_GRACE_MS + 60_000),
    ];
    cluster.store.objects.set('t/old.segment', new Uint8Array());
    const next = await leading('next', { clock });
    const objects = () => [...cluster.store.objects.keys()].map((key) => key.slice(2, -8));
    await until('it has looked', () => !objects().includes(left[0]!));
    expect(objects().slice(1)).toEqual([left[1], 'old']);
    const { scheduledCount } = clock;
    clock.advance(ORPHAN_GRACE_MS);
    await until('it has looked again', () => clock.scheduledCount === scheduledCount);
    expect(objects()).toEqual([expect.stringMatching(/^a~/)]);
    await next.close();
  });
});

describe('an object that was left for too long', () => {
  const DUE = ORPHAN_GRACE_MS + 1;

  it('stays when a load of it comes before it is removed', async () => {
    await cluster.server('Server_a');
    const clock = new ManualClock();
    const controller = await leading('first', { clock });
    await load(controller, ['a']);
    await until('it has looked', () => clock.scheduledCount === 1);
    const object = await cluster.upload('t', 'b', 1, clock.nowMs() - DUE);
    const committed = controller.catalog.commitLoad('t', [object]);
    clock.advance(ORPHAN_SWEEP_MS);
    expect(await committed).toEqual({ segments: 1, rows: 1 });
    await until('it has looked again', () => clock.scheduledCount === 1);
    await controller.state.settled();
    expect(visibleFiles(controller, 't')[1]).toBe(`b t/${object}.segment`);
    expect(await cluster.store.list('t')).toContain(object);
    await controller.close();
  });

  it('is no segment any more once a controller has begun to remove it, whoever leads then', async () => {
    await cluster.server('Server_a');
    const first = await leading();
    await load(first, ['a']);
    await first.close();
    const object = await cluster.upload('t', 'b', 1, nodeClock.nowMs() - DUE);
    // The controller stops when it is about to remove the object, and goes on long after that.
    let goOn = () => {};
    let isStopped = false;
    const removed = cluster.store.delete.bind(cluster.store);
    cluster.store.delete = async (key) => {
      if (!isStopped) {
        isStopped = true;
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
      await removed(key);
    };
    const stopped = await leading('stopped');
    await until('it is about to remove', () => isStopped);
    await (await cluster.connect()).delete('/nyala/leader/controller');
    const next = await leading('next', { clock: new ManualClock() });
    await expect(next.catalog.commitLoad('t', [object])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    goOn();
    await stopped.close();
    await next.state.settled();
    expect(names(next)).toEqual(['a']);
    await until('nothing is to be removed', async () => {
      await next.state.settled();
      return next.state.segments.get('t')?.state?.removed === undefined;
    });
    expect(await cluster.store.list('t')).not.toContain(object);
    await next.close();
  });
});

describe('a disabled table', () => {
  it('stays disabled when that came last, and is enabled by whoever leads when it was begun', async () => {
    const first = await leading();
    await first.catalog.createTable(schemaOf('t'));
    await first.catalog.disableTable('t');
    const enabled = first.catalog.enableTable('t');
    await Promise.all([
      expect(enabled).rejects.toMatchObject({ code: 'TABLE_DISABLED' }),
      first.catalog.disableTable('t'),
    ]);
    const standing = ({ state }: Controller) => state.segments.get('t')?.state?.standing;
    await first.state.settled();
    expect(standing(first)).toBe('disabled');
    await first.close();
    const { version, pending } = first.state.segments.get('t')!.state!;
    const client = await cluster.connect();
    const begun = encodeNode('', { version: version + 1, pending, standing: 'enabling' });
    await client.set('/nyala/segments/t', begun);
    const next = await leading('next');
    await until('it is enabled', () => standing(next) === undefined);
    await next.close();
  });
});

describe('a dropped table', () => {
  it('leaves nothing in the end, and what was sent meanwhile for one of its name', async () => {
    await cluster.server('Server_a');
    const clock = new ManualClock();
    const controller = await leading('first', { clock, graceMs: HOUSEKEEPING_MS });
    await load(controller, ['a', 'b']);
    await controller.catalog.dropTable('t');
    await controller.state.settled();
    expect(controller.state.segments.get('t')?.pages.size).toBe(0);
    const object = await cluster.upload('t', 'a', 7);
    const look = async (afterMs: number) => {
      const { scheduledCount } = clock;
      clock.advance(afterMs);
      await until('it has looked', () => clock.scheduledCount === scheduledCount);
      await controller.state.settled();
    };
    await look(HOUSEKEEPING_MS);
    expect(cluster.store.objects.size).toBe(3);
    await look(HOUSEKEEPING_MS);
    expect([...cluster.store.objects.keys()]).toEqual([`t/${object}.segment`]);
    await controller.catalog.commitLoad('t', [object]);
    await controller.state.settled();
    expect(visibleFiles(controller, 't')).toEqual([`a t/${object}.segment`]);
    await controller.catalog.dropTable('t');
    for (const ms of [HOUSEKEEPING_MS, HOUSEKEEPING_MS, ORPHAN_SWEEP_MS]) await look(ms);
    expect(cluster.store.objects.size).toBe(0);
    expect([...controller.state.segments.keys()]).toEqual([]);
    await controller.close();
  });
});

describe('a tree of layout 1', () => {
  it('becomes one of this layout, with what queries saw', async () => {
    const client = await cluster.connect();
    const put = async (path: string, value: unknown) => {
      await client.ensurePath(path);
      await client.set(path, new TextEncoder().encode(JSON.stringify(value)));
    };
    for (const [segment, value] of [
      ['0', 1],
      ['b', 2],
      ['c', 3],
    ] as const) {
      const object = await cluster.upload('t', segment, value);
      const key = `t/${object}.segment`;
      cluster.store.objects.set(`t/${segment}.segment`, cluster.store.objects.get(key)!);
      cluster.store.objects.delete(key);
      const node = { rowCount: 1, lengthBytes: 1, createdAtMs: 0 };
      await put(`/nyala/segments/t/${segment}`, node);
    }
    await put('/nyala/tables/t', { schema: schemaOf('t'), replication: 1, createdAtMs: 5 });
    const servers = { '0': ['Server_a'], b: ['Server_a'] };
    await put('/nyala/assignment/t', { segments: { ...servers, c: ['Server_a'] } });
    await put('/nyala/routing/t', { version: 9, segments: servers });
    // What is left of a migration that was stopped is done again.
    await put('/nyala/segments/t/1', { segments: { b: { servers: [], file: 't/b.segment' } } });
    await cluster.server('Server_a');
    const controller = await leading();
    await controller.state.settled();
    expect(visibleFiles(controller, 't')).toEqual(['0 t/0.segment', 'b t/b.segment']);
    expect(controller.state.tables.get('t')?.createdAtMs).toBe(5);
    for (const path of ['/nyala/assignment', '/nyala/routing']) {
      expect(await client.exists(path)).toBeNull();
    }
    expect(await client.children('/nyala/segments/t')).toEqual(['0']);
    await until('it is served', () => controller.state.serving.has('t/Server_a~0'));
    await load(controller, ['d']);
    expect(names(controller)).toEqual(['0', 'b', 'd']);
    await controller.close();
  });
});
