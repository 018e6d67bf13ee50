import { nodeClock } from '../io/node-clock.ts';
import { nodeDisk } from '../io/node-disk.ts';
import { nodeNetwork } from '../io/node-network.ts';
import { nodeRandom } from '../io/node-random.ts';
import { reportBackgroundError } from './background-errors.ts';

/** What this machine gives to every role. */
export const machine = {
  network: nodeNetwork,
  clock: nodeClock,
  disk: nodeDisk,
  random: nodeRandom,
  onError: reportBackgroundError,
};
