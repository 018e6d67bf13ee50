import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { CoordinatorClient } from '../../src/coord/client.ts';
import { addressOf, Ensemble } from './ensemble.ts';
import { connectClient, text, until, utf8 } from './harness.ts';

describe('an ensemble of coordinators', () => {
  let ensemble: Ensemble | null = null;
  const clients: CoordinatorClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await ensemble?.close();
    ensemble = null;
  });

  async function connect(ids: readonly number[] = []): Promise<CoordinatorClient> {
    const addresses = ensemble!.members
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .map(addressOf);
    const client = await connectClient(addresses);
    clients.push(client);
    return client;
  }

  it('boots from nothing, and shows on every node what was written on any', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant']);
    for (const { id } of ensemble.members) {
      const client = await connect([id]);
      await client.create(`/n${id}`, utf8(`from ${id}`));
    }
    for (const { id } of ensemble.members) {
      const client = await connect([id]);
      await client.sync();
      expect(await client.children('/')).toEqual(['n1', 'n2', 'n3', 'zookeeper']);
    }
    await ensemble.untilEqual();
  });

  it('goes on when its leader is gone, without the clients of the others noticing', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant']);
    const { leader, followers } = ensemble;
    const client = await connect([followers[0]!]);
    await client.create('/q', utf8(''));
    const writes: Promise<string>[] = [];
    for (let index = 0; index < 50; index++) {
      writes.push(client.create('/q/n-', utf8(String(index)), { sequential: true }));
      if (index === 20) void ensemble.stopNode(leader);
    }
    const paths = await Promise.all(writes);
    expect(paths).toEqual(
      Array.from({ length: 50 }, (_, index) => `/q/n-${String(index).padStart(10, '0')}`),
    );
    for (const [index, path] of paths.entries()) {
      expect(text((await client.get(path)).data)).toBe(String(index));
    }
    await ensemble.startNode(leader);
    await ensemble.untilServing();
    await ensemble.untilEqual();
  });

  it('keeps sessions and ephemeral nodes over a change of leader', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant']);
    const client = await connect([1, 2, 3]);
    await client.create('/me', utf8(''), { ephemeral: true });
    const { sessionId } = client;
    await ensemble.stopNode(ensemble.leader);
    await client.create('/after', utf8('')).catch((error: { code: string }) => {
      expect(error.code).toBe('CONNECTION_LOSS');
    });
    expect(await client.exists('/me')).not.toBeNull();
    expect(client.sessionId).toBe(sessionId);
  });

  it('refills a node that has lost its disk', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], {
      snapshotEntries: 20,
    });
    const client = await connect();
    await client.create('/d', utf8(''));
    for (let index = 0; index < 60; index++) await client.set('/d', utf8(String(index)));
    const [victim] = ensemble.followers;
    await ensemble.stopNode(victim!);
    await rm(ensemble.directoryOf(victim!), { recursive: true });
    await ensemble.startNode(victim!);
    await ensemble.untilServing();
    await ensemble.untilEqual();
    const reader = await connect([victim!]);
    expect(text((await reader.get('/d')).data)).toBe('59');
    await until('it may vote again', () => ensemble!.running.get(victim!)!.standing().raft.mayVote);
  });

  it('serves clients of an observer', async () => {
    ensemble = await Ensemble.start(['participant', 'observer']);
    const client = await connect([2]);
    await client.create('/o', utf8('x'));
    await client.sync();
    expect(text((await client.get('/o')).data)).toBe('x');
    expect(ensemble.leader).toBe(1);
  });

  it('tells watchers on other nodes', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant']);
    const [watcher, writer] = [await connect([1]), await connect([2])];
    const events: string[] = [];
    await watcher.watch('/w', 'recursive', ({ type, path }) => events.push(`${type} ${path}`));
    await writer.create('/w', utf8(''));
    await writer.create('/w/c', utf8(''), { ephemeral: true });
    await writer.close();
    await until('all events came', () => events.length === 3);
    expect(events).toEqual(['created /w', 'created /w/c', 'deleted /w/c']);
  });
});
