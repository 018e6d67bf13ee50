import type { World } from '../world.ts';
import type { FaultKind, Heal } from './kinds.ts';

/** Partitions, slowness, resets, refusals, and what happens to frames between peers. */
export const NETWORK_FAULTS: readonly FaultKind[] = [
  {
    name: 'partition',
    durationMs: 4_000,
    begin: ({ world }) => {
      const hosts = shuffledHosts(world);
      const cut = world.prng.integer(1, hosts.length);
      return cutOff(world, hosts.slice(0, cut), hosts.slice(cut), 'both');
    },
  },
  {
    name: 'isolate a node',
    durationMs: 5_000,
    begin: ({ world }) => {
      const { host } = world.prng.pick(world.nodes);
      return cutOff(
        world,
        [host],
        allHosts(world).filter((other) => other !== host),
        'both',
      );
    },
  },
  {
    name: 'one-way partition',
    durationMs: 4_000,
    begin: ({ world }) => {
      const { host } = world.prng.pick(world.nodes);
      const others = allHosts(world).filter((other) => other !== host);
      return world.prng.float() < 0.5
        ? cutOff(world, [host], others, 'forward')
        : cutOff(world, others, [host], 'forward');
    },
  },
  {
    name: 'cut peers, not clients',
    durationMs: 5_000,
    begin: ({ world }) => {
      if (world.nodes.length < 2) return null;
      const { host } = world.prng.pick(world.nodes);
      const peers = world.nodes.map((node) => node.host).filter((other) => other !== host);
      return cutOff(world, [host], peers, 'both');
    },
  },
  {
    name: 'cut the leader from some',
    durationMs: 2_000,
    begin: ({ world }) => {
      const leader = world.nodes.find((node) => node.status()?.role === 'leader');
      if (leader === undefined) return null;
      const others = world.nodes.filter((node) => node !== leader);
      const cut = others.filter(() => world.prng.float() < 0.7).map((node) => node.host);
      return cutOff(world, [leader.host], cut, 'both');
    },
  },
  {
    name: 'isolate a client',
    durationMs: 6_000,
    begin: ({ world }) => {
      const { host } = world.prng.pick(world.clients);
      return cutOff(
        world,
        [host],
        world.nodes.map((node) => node.host),
        'both',
      );
    },
  },
  {
    name: 'slow host',
    durationMs: 4_000,
    begin: ({ world }) => {
      const { host } = world.prng.pick([...world.nodes, ...world.clients]);
      world.links.setSlowness(host, world.prng.integer(5, 200));
      return () => world.links.setSlowness(host, 1);
    },
  },
  {
    name: 'lossy frames',
    durationMs: 4_000,
    begin: ({ world }) => setFrameFault(world, 'loss', 0.3),
  },
  {
    name: 'doubled frames',
    durationMs: 4_000,
    begin: ({ world }) => setFrameFault(world, 'duplicate', 0.5),
  },
  {
    name: 'swapped frames',
    durationMs: 4_000,
    begin: ({ world }) => setFrameFault(world, 'reorder', 0.5),
  },
  {
    name: 'reset connections',
    durationMs: 0,
    begin: ({ world }) => {
      const { host } = world.prng.pick([...world.nodes, ...world.clients]);
      const count = world.network.reset(host, () => world.prng.float() < 0.6);
      return count === 0 ? null : () => {};
    },
  },
  {
    name: 'refuse connections',
    durationMs: 2_000,
    begin: ({ world }) => {
      const { host } = world.prng.pick(world.nodes);
      world.links.setRefusing(host, true);
      return () => world.links.setRefusing(host, false);
    },
  },
];

/** Cuts the ways between two groups of hosts; `forward` only those from the first to the second. */
function cutOff(
  world: World,
  left: readonly string[],
  right: readonly string[],
  how: 'both' | 'forward',
): Heal {
  const ways: [string, string][] = [];
  for (const from of left) {
    for (const to of right) {
      ways.push([from, to]);
      if (how === 'both') ways.push([to, from]);
    }
  }
  for (const [from, to] of ways) world.links.block(from, to);
  return () => {
    for (const [from, to] of ways) world.links.unblock(from, to);
    world.network.flush();
  };
}

function setFrameFault(
  world: World,
  fault: 'loss' | 'duplicate' | 'reorder',
  most: number,
): Heal | null {
  const faults = world.links.frameFaults;
  if (world.nodes.length < 2 || faults[fault] > 0) return null;
  faults[fault] = most * world.prng.float();
  return () => {
    faults[fault] = 0;
  };
}

function allHosts(world: World): string[] {
  return [...world.nodes, ...world.clients].map(({ host }) => host);
}

function shuffledHosts(world: World): string[] {
  const hosts = allHosts(world);
  for (let index = hosts.length - 1; index > 0; index--) {
    const other = world.prng.integer(0, index + 1);
    [hosts[index], hosts[other]] = [hosts[other]!, hosts[index]!];
  }
  return hosts;
}
