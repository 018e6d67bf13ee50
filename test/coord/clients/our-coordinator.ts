import { Authentication } from '../../../src/coord/auth/authentication.ts';
import { EntryFlag } from '../../../src/coord/core/model.ts';
import type { Address } from '../../../src/io/network.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { startNode, temporaryDirectory } from '../harness.ts';

/** Our coordinator, in a directory of its own. */
export interface OurCoordinator {
  /** Where clients connect, one address for each node. */
  readonly addresses: readonly Address[];
  close(): Promise<void>;
}

/** Starts a coordinator that has all that clients of ZooKeeper know. */
export async function startOurs(): Promise<OurCoordinator> {
  const place = await temporaryDirectory();
  const authentication = new Authentication({ digests: nodeDigests, random: nodeRandom });
  const node = await startNode(place.directory, {
    authentication,
    entryFlags: EntryFlag.EXTENDED_TYPES,
  });
  return {
    addresses: [node.address],
    close: async () => {
      await node.close();
      await place.remove();
    },
  };
}
