import { CoordinatorClient } from '../../../src/coord/client.ts';
import { sleep } from '../../../src/io/clock.ts';
import type { ClientProgram } from '../client.ts';
import { FIXED_NODES, PARENT, PARENTS } from './key-space.ts';
import { attempt, persist, valueSource } from './plan.ts';

const RETRY_MS = 500;

/**
 * The last client: when all others have gone it writes once more, sees every ephemeral node vanish
 * with its session, and reads all that is there.
 */
export function judge(): ClientProgram {
  return async (io) => {
    const freshValue = valueSource(io.name);
    await persist(io, async () => {
      const client = await CoordinatorClient.connect(io);
      try {
        for (const path of PARENTS) await client.ensurePath(path);
        await client.create(`${PARENT.QUEUE}/n-`, freshValue(), { sequential: true });
        while ((await ephemeralNames(client)).length > 0) await sleep(io.clock, RETRY_MS);
        await readAll(client);
      } finally {
        await client.close();
      }
    });
  };
}

async function ephemeralNames(client: CoordinatorClient): Promise<string[]> {
  const [, names, queue] = await Promise.all([
    client.sync(),
    client.children(PARENT.EPHEMERALS),
    client.children(PARENT.QUEUE),
  ]);
  const found = names.map((name) => `${PARENT.EPHEMERALS}/${name}`);
  for (const name of queue) {
    const path = `${PARENT.QUEUE}/${name}`;
    const stat = await client.exists(path);
    if (stat !== null && stat.ephemeralOwner !== 0n) found.push(path);
  }
  return found;
}

async function readAll(client: CoordinatorClient): Promise<void> {
  for (const path of FIXED_NODES) {
    await Promise.all([client.sync(), attempt(() => client.get(path))]);
  }
  for (const path of PARENTS) await Promise.all([client.sync(), client.children(path)]);
}
