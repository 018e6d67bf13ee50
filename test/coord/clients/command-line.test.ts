import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Address } from '../../../src/io/network.ts';
import { requirePeer } from '../../support/peers.ts';
import {
  describeZooKeeper,
  type RunningZooKeeper,
  startZooKeeper,
} from '../../support/zookeeper.ts';
import {
  type CommandLine,
  cliMtMissing,
  comparableLines,
  openCliMt,
  openZkCli,
} from './command-line.ts';
import { type OurCoordinator, startOurs } from './our-coordinator.ts';

/** Each command, and what it has to print on any server, if that can be said in a few words. */
type Conversation = readonly (readonly [command: string, printed?: string])[];

const JAVA: Conversation = [
  ['create /c one', 'Created /c'],
  ['create -s /c/n- x', 'Created /c/n-0000000000'],
  ['create -e /c/e temp', 'Created /c/e'],
  ['create -c /c/box', 'Created /c/box'],
  ['create -t 60000 /c/ttl brief', 'Created /c/ttl'],
  ['create /c nope', 'Node already exists: /c'],
  ['get /c', 'one'],
  ['get -s /c', 'numChildren = 4'],
  ['set /c two'],
  ['set -v 7 /c three', 'version No is not valid : /c'],
  ['stat /c', 'dataVersion = 1'],
  ['ls /c', '[box, e, n-0000000000, ttl]'],
  ['ls -R /c'],
  ['ls -s /c'],
  ['getAcl /c', "'world,'anyone"],
  ['getAcl -s /c'],
  ['setAcl /c world:anyone:cdrwa'],
  ['getAllChildrenNumber /c', '4'],
  ['getEphemerals /c', '[/c/e]'],
  ['whoami', 'ip: 127.0.0.1'],
  ['get -w /c'],
  ['set /c watched', 'NodeDataChanged'],
  ['addWatch /c'],
  ['create /c/seen', 'NodeCreated'],
  ['removewatches /c'],
  ['sync /c', 'Sync is OK'],
  ['delete /c', 'Node not empty: /c'],
  ['delete /c/e'],
  ['get /missing', 'Node does not exist: /missing'],
  ['setquota -n 100 /c/box'],
  ['listquota /c/box', 'Output stat for /c/box count=1,bytes=0'],
  ['delquota /c/box'],
  ['addauth digest alice:secret'],
  ['whoami', 'digest: alice'],
  ['create /c/closed x auth::cdrwa', 'Created /c/closed'],
  ['getAcl /c/closed', "'digest,'alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E="],
  ['deleteall /c'],
  ['ls /', '[zookeeper]'],
];

const C: Conversation = [
  ['create /c', 'name = /c'],
  ['create +s /c/n-', 'name = /c/n-'],
  ['create +e /c/e', 'name = /c/e'],
  ['create +c /c/box', 'name = /c/box'],
  ['create +t=60000 /c/ttl', 'name = /c/ttl'],
  ['create2 /c/f', 'name = /c/f'],
  ['create /c', 'rc = -110'],
  ['get /c'],
  ['set /c two'],
  ['get /c', 'two'],
  ['stat /c'],
  ['exists /c'],
  ['ls /c', 'rc = 0'],
  ['ls2 /c', 'rc = 0'],
  ['sync /c', 'rc = 0'],
  ['wexists /c/w', 'Error -101'],
  ['create /c/w', 'CREATED_EVENT'],
  ['addauth digest user:password'],
  ['delete /c', 'rc = -111'],
  ['delete /c/e', 'rc = 0'],
  ['get /missing', 'rc = -101'],
];

describeZooKeeper('command lines of ZooKeeper', () => {
  let ours: OurCoordinator;
  let theirs: RunningZooKeeper;

  beforeEach(async () => {
    [ours, theirs] = await Promise.all([
      startOurs(),
      startZooKeeper({ properties: { 'zookeeper.extendedTypesEnabled': 'true' } }),
    ]);
  });
  afterEach(async () => {
    await Promise.all([ours?.close(), theirs?.close()]);
  });

  async function compare(
    open: (addresses: readonly Address[]) => Promise<CommandLine>,
    conversation: Conversation,
  ): Promise<void> {
    const [here, there] = await Promise.all([open(ours.addresses), open(theirs.addresses)]);
    try {
      for (const [command, printed = ''] of conversation) {
        const [left, right] = await Promise.all([here.say(command), there.say(command)]);
        expect([command, right]).toEqual([command, expect.stringContaining(printed)]);
        const lines = [command, ...comparableLines(left)];
        expect(lines).toEqual([command, ...comparableLines(right)]);
      }
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  }

  it('zkCli.sh prints the same for our coordinator and for the real one', async () => {
    await compare(openZkCli, JAVA);
  }, 120_000);

  requirePeer(
    'cli_mt',
    cliMtMissing() === null,
    cliMtMissing() ?? '',
  )('of the C client', () => {
    it('prints the same for our coordinator and for the real one', async () => {
      await compare(openCliMt, C);
    }, 120_000);
  });
});
