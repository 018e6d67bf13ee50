import { describe } from 'vitest';
import { describeZooKeeper, startZooKeeper } from '../../support/zookeeper.ts';
import { startNode, temporaryDirectory } from '../harness.ts';
import { recipeSuite, SESSION_TIMEOUT_MS } from './suite.ts';

describe('recipes on our coordinator', () => {
  recipeSuite(async () => {
    const place = await temporaryDirectory();
    const node = await startNode(place.directory, { sessionTimeoutMsMin: SESSION_TIMEOUT_MS });
    const close = async (): Promise<void> => {
      await node.close();
      await place.remove();
    };
    return { address: node.address, close };
  });
});

describeZooKeeper('recipes on Apache ZooKeeper', () => {
  recipeSuite(async () => {
    const settings = { tickTime: '200', minSessionTimeout: `${SESSION_TIMEOUT_MS}` };
    const { addresses, close } = await startZooKeeper({ settings });
    return { address: addresses[0]!, close };
  });
});
