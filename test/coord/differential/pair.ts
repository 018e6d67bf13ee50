import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authentication } from '../../../src/coord/auth/authentication.ts';
import { EntryFlag } from '../../../src/coord/core/model.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { startZooKeeper } from '../../support/zookeeper.ts';
import { startNode } from '../harness.ts';
import { type Comparison, compareRecords } from './compare.ts';
import { play } from './player.ts';
import type { Script } from './script.ts';

/** No session may expire while a script runs on a busy machine. */
const SESSION_MS_MIN = 20_000;
/** Of super:test. */
const SUPER_DIGEST = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=';

/** Plays a script on a new coordinator and on a new Apache ZooKeeper and compares what came back. */
export async function playOnBoth(script: Script): Promise<Comparison> {
  const [ours, theirs] = await Promise.all([playOnOurs(script), playOnZooKeeper(script)]);
  return compareRecords(ours, theirs);
}

async function playOnOurs(script: Script) {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-coord-'));
  const host = { digests: nodeDigests, random: nodeRandom };
  const node = await startNode(directory, {
    sessionTimeoutMsMin: SESSION_MS_MIN,
    entryFlags: EntryFlag.EXTENDED_TYPES,
    authentication: new Authentication(host, { digest: { superDigest: SUPER_DIGEST } }),
  });
  try {
    return await play(script, node.address);
  } finally {
    await node.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function playOnZooKeeper(script: Script) {
  const zooKeeper = await startZooKeeper({
    settings: { minSessionTimeout: `${SESSION_MS_MIN}`, maxSessionTimeout: '40000' },
    properties: {
      'zookeeper.extendedTypesEnabled': 'true',
      'zookeeper.authProvider.x509': 'org.apache.zookeeper.server.auth.X509AuthenticationProvider',
      'zookeeper.authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
      'zookeeper.forceSync': 'no',
      'zookeeper.DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
    },
  });
  try {
    return await play(script, zooKeeper.addresses[0]!);
  } catch (error) {
    throw new Error(`ZooKeeper failed; its log:\n${zooKeeper.log().slice(-20_000)}`, {
      cause: error,
    });
  } finally {
    await zooKeeper.close();
  }
}
