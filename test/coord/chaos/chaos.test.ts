import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChildServer } from '../../../bench/coordinator/child-server.ts';
import { prepareNyala } from '../../../bench/coordinator/nyala.ts';
import { prepareZooKeeper, zooKeeperMissing } from '../../../bench/coordinator/zookeeper.ts';
import { Prng } from '../../../src/base/prng.ts';
import { requirePeer } from '../../support/peers.ts';
import { type CommandLine, cliMtMissing, openCliMt, openZkCli } from '../clients/command-line.ts';
import { connectClient, temporaryDirectory } from '../harness.ts';
import { harass, recoveryTimesMs } from './faults.ts';
import { foreignWriter, lostWrites, ourWriter, type Writer } from './writers.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const minutes = Number(process.env.NYALA_CHAOS_MINUTES ?? 0.15);
const serverCount = Number(process.env.NYALA_CHAOS_SERVERS ?? 1);
/** `zookeeper` puts Apache ZooKeeper through the same, to try the test itself. */
const system = process.env.NYALA_CHAOS_SYSTEM ?? 'nyala';
const durationMs = minutes * 60_000;

describe(`${serverCount} process(es) of a coordinator that are killed and paused at random`, () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  let servers: ChildServer[];
  let javaClient: CommandLine | null = null;
  let cClient: CommandLine | null = null;

  beforeAll(async () => {
    place = await temporaryDirectory();
    const prepare = system === 'zookeeper' ? prepareZooKeeper : prepareNyala;
    servers = await prepare({ directory: place.directory, serverCount });
    for (const server of servers) server.start();
    for (const server of servers) await server.serves();
    if (zooKeeperMissing() === null) javaClient = await openZkCli(addresses());
    if (cliMtMissing() === null) cClient = await openCliMt(addresses());
  });
  afterAll(async () => {
    await javaClient?.close();
    await cClient?.close();
    for (const server of servers ?? []) {
      // A stopped process takes the signal when it goes on.
      server.signal('SIGCONT');
      await server.kill();
    }
    await place.remove();
  });

  const addresses = () => servers.map(({ address }) => address);

  it('lose no acknowledged write and serve on', { timeout: durationMs + 120_000 }, async () => {
    process.stdout.write(`SEED=${seed}\n`);
    const writers = await startWriters();
    const faults = await harass(servers, new Prng(seed), performance.now() + durationMs);
    for (const server of servers) await server.serves();
    const counts = writers.map(({ acknowledged }) => acknowledged.length);
    // All clients that were there all the time still write.
    await expect
      .poll(() => writers.every(({ acknowledged }, at) => acknowledged.length > counts[at]! + 5), {
        timeout: 30_000,
      })
      .toBe(true);
    for (const writer of writers) await writer.stop();
    for (const server of servers) {
      const client = await connectClient([server.address]);
      const lost = await lostWrites(client, writers);
      await client.close();
      expect(lost, `lost at ${server.address.port}`).toEqual([]);
    }
    const recovered = recoveryTimesMs(
      faults,
      writers.flatMap(({ times }) => times),
    );
    process.stdout.write(`${describeRun(writers, faults.length, recovered)}\n`);
    expect(recovered.every((ms) => Number.isFinite(ms))).toBe(true);
  });

  const zkCliMissing = zooKeeperMissing();
  requirePeer(
    'zkCli.sh',
    zkCliMissing === null,
    zkCliMissing ?? '',
  )('with zkCli.sh', () => {
    it('that was there all the time', async () => {
      const printed = await javaClient!.say('create /java hello');
      expect(printed).toContain('Created /java');
      expect(await javaClient!.say('get /java')).toContain('hello');
    }, 60_000);
  });

  requirePeer(
    'cli_mt',
    cliMtMissing() === null,
    cliMtMissing() ?? '',
  )('with cli_mt', () => {
    it('that was there all the time', async () => {
      expect(await cClient!.say('create /c')).toContain('name = /c');
      expect(await cClient!.say('ls /')).toMatch(/^\s+c$/m);
    }, 60_000);
  });

  async function startWriters(): Promise<Writer[]> {
    return Promise.all([
      ourWriter('ours-1', addresses()),
      ourWriter('ours-2', addresses().toReversed()),
      foreignWriter('foreign-1', addresses()),
      foreignWriter('foreign-2', addresses().toReversed()),
    ]);
  }
});

function describeRun(
  writers: readonly Writer[],
  faultCount: number,
  recovered: readonly number[],
): string {
  const sorted = recovered.map(Math.round).sort((left, right) => left - right);
  const at = (part: number): number | undefined => sorted[Math.floor((sorted.length - 1) * part)];
  const lines = writers.map(({ name, acknowledged, unknownCount }) => {
    return `${name}: ${acknowledged.length} writes acknowledged, ${unknownCount} of unknown outcome`;
  });
  lines.push(`${faultCount} faults, ${sorted.length} of them killed a leader`);
  if (sorted.length > 0) {
    const times = `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1)} ms`;
    lines.push(`from a leader's death to the next write: ${times}`);
  }
  return lines.join('\n');
}
