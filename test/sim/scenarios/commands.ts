import type { CoordinatorClient } from '../../../src/coord/client.ts';
import { checkHistory } from '../checkers/check-history.ts';
import type { SimulatedNode } from '../cluster-node.ts';
import { type CrashMode, POWER_CRASHES } from '../simulated-disk.ts';
import type { Cast } from './cast.ts';

/** Performs a command and returns the lines that it prints. */
export type Command = (cast: Cast, words: readonly string[]) => Promise<string[]>;

/** What a scenario may say, besides `start` and `seed`, with what follows the word. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  // wait leader | wait serving | wait same | wait 5s
  wait: async (cast, [what]) => [await wait(cast, what ?? '')],
  // status: what every node says of itself
  status: async (cast) => cast.world.nodes.map(statusLine),
  // crash NODE [kill | lost | kept | torn | subset | reordered]
  crash: async (cast, [name, how = 'kill']) => {
    const node = cast.node(name!);
    if (how !== 'kill' && !POWER_CRASHES.includes(how as CrashMode)) {
      throw new Error(`scenario: expected kill or a crash of the disk, found '${how}'`);
    }
    node.crash(how === 'kill' ? 'kill' : 'power', how === 'kill' ? 'process' : (how as CrashMode));
    return [];
  },
  // restart NODE …
  restart: async (cast, names) => {
    for (const name of names) cast.node(name).start();
    return [];
  },
  // wipe NODE: a new disk in a machine that is off
  wipe: async (cast, [name]) => {
    cast.node(name!).expectDiskFaults();
    cast.node(name!).disk.wipe();
    return [];
  },
  pause: async (cast, [name]) => {
    cast.node(name!).pause();
    return [];
  },
  resume: async (cast, [name]) => {
    cast.node(name!).resume();
    return [];
  },
  // partition A B | C D: nodes and clients by name, `leader`, `others`; who is not named reaches all
  partition: async (cast, words) => {
    partition(cast, words);
    return [];
  },
  // heal: ends all partitions
  heal: async (cast) => {
    cast.world.links.unblockAll();
    cast.world.network.flush();
    return [];
  },
  // write PATH VALUE [by CLIENT]
  write: (cast, [path, value, ...rest]) =>
    acting(cast, rest, async (client) => {
      const data = new TextEncoder().encode(value);
      if ((await client.exists(`/${path}`)) === null) await client.create(`/${path}`, data);
      else await client.set(`/${path}`, data);
      return 'written';
    }),
  // create PATH [ephemeral] [sequential] [by CLIENT]
  create: (cast, [path, ...rest]) =>
    acting(cast, rest, (client) =>
      client.create(`/${path}`, new Uint8Array(), {
        ephemeral: rest.includes('ephemeral'),
        sequential: rest.includes('sequential'),
      }),
    ),
  // read PATH [fresh] [by CLIENT]
  read: (cast, [path, ...rest]) =>
    acting(cast, rest, async (client) => {
      if (rest.includes('fresh')) await client.sync();
      return new TextDecoder().decode((await client.get(`/${path}`)).data);
    }),
  // children [PATH] [by CLIENT]
  children: (cast, words) => {
    const path = words[0] === undefined || words[0] === 'by' ? '' : words[0];
    return acting(cast, words, async (client) => (await client.children(`/${path}`)).join(' '));
  },
  // close by CLIENT: ends its session
  close: (cast, rest) =>
    acting(cast, rest, async (client) => {
      await client.close();
      return 'closed';
    }),
  // check: whether all that clients saw was as promised
  check: async (cast) => {
    checkHistory(cast.world.history);
    return ['every promise was kept'];
  },
};

async function wait(cast: Cast, what: string): Promise<string> {
  const { nodes } = cast.world;
  switch (what) {
    case 'leader': {
      const isThere = await cast.until(() => cast.leader() !== null && isFollowed(cast));
      return isThere ? `node ${cast.leader()!.id} leads` : 'nobody leads';
    }
    case 'serving':
      return (await cast.until(() => nodes.every((node) => node.isServing)))
        ? 'all nodes serve'
        : 'not all nodes serve';
    case 'same':
      return (await cast.until(() => isSame(nodes)))
        ? 'all nodes are in the same state'
        : 'nodes are in different states';
    default: {
      const seconds = Number(/^(\d+)s$/.exec(what)?.[1]);
      if (!Number.isFinite(seconds)) throw new Error(`scenario: cannot wait for '${what}'`);
      await cast.pass(seconds * 1_000);
      return `${seconds} s later`;
    }
  }
}

/** Most nodes that are up take the leader for theirs. */
function isFollowed(cast: Cast): boolean {
  const leader = cast.leader()!;
  const voters = cast.world.nodes.filter((node) => node.isVoter);
  const followers = voters.filter((node) => node.status()?.leader === leader.id);
  return 2 * followers.length > voters.length;
}

function isSame(nodes: readonly SimulatedNode[]): boolean {
  const states = nodes.map((node) => `${node.status()?.appliedIndex} ${node.stateHash()}`);
  return new Set(states).size === 1 && nodes.every((node) => node.isServing);
}

function statusLine(node: SimulatedNode): string {
  const status = node.status();
  if (status === null) return `node ${node.id}: down`;
  const { role, term, leader, mayVote } = status;
  const follows = leader === 0 || leader === node.id ? '' : ` of ${leader}`;
  return `node ${node.id}: ${role}${follows} in term ${term}${mayVote ? '' : ', may not vote'}`;
}

async function acting(
  cast: Cast,
  rest: readonly string[],
  action: (client: CoordinatorClient) => Promise<string>,
): Promise<string[]> {
  const by = rest.indexOf('by');
  return [await cast.act(by === -1 ? 'client' : rest[by + 1]!, action)];
}

function partition(cast: Cast, words: readonly string[]): void {
  const groups: string[][] = [[]];
  for (const word of words) {
    if (word === '|') groups.push([]);
    else groups.at(-1)!.push(...hostsOf(cast, word));
  }
  for (const [index, group] of groups.entries()) {
    for (const other of groups.slice(index + 1).flat()) {
      for (const host of group) {
        cast.world.links.block(host, other);
        cast.world.links.block(other, host);
      }
    }
  }
}

/** Hosts by the name of a node or a client; `others` are all nodes but the leader. */
function hostsOf(cast: Cast, name: string): string[] {
  if (name === 'others') {
    const leader = cast.leader();
    return cast.world.nodes.filter((node) => node !== leader).map((node) => node.host);
  }
  const client = cast.world.clients.find((other) => other.name === name);
  return [client?.host ?? cast.node(name).host];
}
