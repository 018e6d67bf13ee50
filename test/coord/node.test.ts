import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import type { RunningCoordinator } from '../../src/coord/node.ts';
import type { Disk } from '../../src/io/disk.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { connectClient, startNode, temporaryDirectory, text, until, utf8 } from './harness.ts';

describe('a coordinator and its data directory', () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  const running: RunningCoordinator[] = [];
  beforeEach(async () => {
    place = await temporaryDirectory();
  });
  afterEach(async () => {
    for (const node of running.splice(0)) await node.close();
    await place.remove();
  });

  async function start(directory: string, options: Parameters<typeof startNode>[1] = {}) {
    const node = await startNode(directory, options);
    running.push(node);
    return node;
  }

  it('keeps every acknowledged write in a copy of the directory made at any moment', async () => {
    const node = await start(place.directory, { snapshotEntries: 50 });
    const client = await connectClient([node.address]);
    await client.create('/n', utf8(''));
    let acknowledged = -1;
    let isDone = false;
    const writing = (async () => {
      for (let value = 0; !isDone; value++) {
        await Promise.all([
          client.create('/n/c-', utf8(String(value)), { sequential: true }),
          client.set('/n', utf8(String(value))),
        ]);
        acknowledged = value;
      }
    })();
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const copy = join(place.directory, `copy-${round}`);
      const before = acknowledged;
      await copyWhileWriting(place.directory, copy);
      const restored = await start(copy);
      const reader = await connectClient([restored.address]);
      expect(Number(text((await reader.get('/n')).data))).toBeGreaterThanOrEqual(before);
      expect((await reader.children('/n')).length).toBeGreaterThan(before);
      await reader.close();
    }
    isDone = true;
    await writing;
    await client.close();
  });

  it('goes on with sessions, ephemeral nodes and counters after a restart', async () => {
    const first = await start(place.directory, { snapshotEntries: 7 });
    const client = await connectClient([first.address]);
    await client.create('/q', utf8(''));
    for (let index = 0; index < 10; index++) {
      await client.create('/q/n-', utf8(''), { sequential: true, ephemeral: index % 2 === 0 });
    }
    const { sessionId } = client;
    const before = await client.exists('/q');
    await first.close();
    await start(place.directory, { address: first.address });
    expect(await client.exists('/q')).toEqual(before);
    expect(client.sessionId).toBe(sessionId);
    expect(await client.create('/q/n-', utf8(''), { sequential: true })).toBe('/q/n-0000000010');
    const other = await connectClient([first.address]);
    await client.close();
    expect(await other.children('/q')).toHaveLength(6);
    await other.close();
  });

  it('refuses a directory that another coordinator holds, whatever its port', async () => {
    const node = await start(place.directory);
    await expect(startNode(place.directory)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`127.0.0.1:${node.address.port}`),
    });
    const client = await connectClient([node.address]);
    await client.create('/still', utf8('works'));
    await client.close();
  });

  it('takes over the directory of a coordinator that has died', async () => {
    const node = await start(place.directory);
    const copy = join(place.directory, 'copy');
    await cp(join(place.directory, 'LOCK'), join(copy, 'LOCK'));
    await node.close();
    await start(copy);
  });

  it('refuses a taken port', async () => {
    const node = await start(place.directory);
    const call = startNode(join(place.directory, 'other'), { address: node.address });
    await expect(call).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  });

  it('stops, acknowledging nothing, when the disk refuses a write', async () => {
    let isFull = false;
    const disk: Disk = {
      ...nodeDisk,
      open: async (path, mode) => {
        const file = await nodeDisk.open(path, mode);
        return {
          read: (into, at) => file.read(into, at),
          write: (bytes, at) =>
            isFull ? Promise.reject(new EngineError('IO', 'disk: full')) : file.write(bytes, at),
          sync: () => file.sync(),
          truncate: (length) => file.truncate(length),
          sizeBytes: () => file.sizeBytes(),
          close: () => file.close(),
        };
      },
    };
    let failure: Error | null = null;
    const node = await start(place.directory, {
      disk,
      onFailure: (error) => {
        failure = error;
      },
    });
    const client = await connectClient([node.address], { sessionTimeoutMs: 500 });
    isFull = true;
    const write = client.create('/a', utf8(''));
    await expect(write).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
    await until('the node reports its failure', () => failure !== null);
    expect(failure).toMatchObject({ code: 'IO' });
    await client.close();
  });
});

/** What a crash leaves: files as they are, in the order in which a reader happens to see them. */
async function copyWhileWriting(from: string, to: string): Promise<void> {
  for (;;) {
    try {
      return await copyOnce(from, to);
    } catch (error) {
      // A file that is not needed any more was removed under the copy, which a crash cannot see.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await rm(to, { recursive: true, force: true });
    }
  }
}

async function copyOnce(from: string, to: string): Promise<void> {
  // Snapshots are copied before the log: an entry is in the log until a later snapshot holds it.
  const names = (await nodeDisk.list(from)).filter((name) =>
    /^(log|snapshot)\.[0-9a-f.]+$/.test(name),
  );
  for (const name of names.filter((name) => name.startsWith('snapshot'))) {
    await cp(join(from, name), join(to, name));
  }
  for (const name of names.filter((name) => name.startsWith('log'))) {
    await cp(join(from, name), join(to, name));
  }
}
