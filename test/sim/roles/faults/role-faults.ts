import type { FaultKind, Heal } from '../../faults/kinds.ts';
import { chance } from '../../random.ts';
import { DEEP_STORE, type RoleCluster, WALL_CLOCKS } from '../role-cluster.ts';

/** A fault of a whole cluster. */
export type RoleFault = FaultKind<RoleCluster>;

/** A machine with a coordinator or another role on it. */
interface Victim {
  readonly host: string;
  readonly isUp: boolean;
  crash(how: 'kill' | 'power'): void;
  start(): void;
  pause(): void;
  resume(): void;
}

/** Machines that die, stand still, or are stopped and started again by their operator. */
export const PROCESS_FAULTS: readonly RoleFault[] = [
  ...(['kill', 'power'] as const).map((how) => ({
    name: how === 'kill' ? 'kill a process' : 'power off a machine',
    durationMs: 3_000,
    begin: (cluster: RoleCluster) => {
      const victim = pickVictim(cluster);
      if (!victim.isUp) return null;
      const over = cluster.disturbances.begin([victim.host]);
      victim.crash(how);
      return () => {
        victim.start();
        over();
      };
    },
  })),
  {
    name: 'pause a process',
    durationMs: 4_000,
    begin: (cluster) => {
      const victim = pickVictim(cluster);
      if (!victim.isUp) return null;
      const over = cluster.disturbances.begin([victim.host]);
      victim.pause();
      return () => {
        victim.resume();
        over();
      };
    },
  },
  {
    name: 'restart a role',
    durationMs: 2_000,
    begin: (cluster) => {
      const machine = cluster.world.prng.pick(cluster.machines);
      if (!machine.isRunning || machine.isPaused) return null;
      const over = cluster.disturbances.begin([machine.host]);
      machine.stop();
      return () => {
        machine.crash('kill');
        machine.start();
        over();
      };
    },
  },
];

/** Networks that are cut, slow, or break connections. */
export const NETWORK_FAULTS: readonly RoleFault[] = [
  {
    name: 'isolate a host',
    durationMs: 5_000,
    begin: (cluster) => {
      const { host } = pickVictim(cluster);
      return cutOff(cluster, [host], othersThan(cluster, host), 'both');
    },
  },
  {
    name: 'one-way partition of a host',
    durationMs: 4_000,
    begin: (cluster) => {
      const { host } = pickVictim(cluster);
      const others = othersThan(cluster, host);
      return chance(cluster.world.prng, 0.5)
        ? cutOff(cluster, [host], others, 'forward')
        : cutOff(cluster, others, [host], 'forward');
    },
  },
  {
    name: 'cut two hosts from each other',
    durationMs: 6_000,
    begin: (cluster) => {
      const { host } = pickVictim(cluster);
      const other = cluster.world.prng.pick(cluster.hosts().filter((one) => one !== host));
      const how = chance(cluster.world.prng, 0.5) ? 'both' : 'forward';
      return cutOff(cluster, [host], [other], how);
    },
  },
  {
    name: 'partition',
    durationMs: 4_000,
    begin: (cluster) => {
      const { prng } = cluster.world;
      const hosts = cluster.hosts();
      const left = hosts.filter(() => chance(prng, 0.5));
      const right = hosts.filter((host) => !left.includes(host));
      return cutOff(cluster, left, right, 'both');
    },
  },
  {
    name: 'slow host',
    durationMs: 4_000,
    begin: (cluster) => {
      const { links, prng } = cluster.world;
      const { host } = pickVictim(cluster);
      const over = cluster.disturbances.begin([host]);
      links.setSlowness(host, prng.integer(5, 200));
      return () => {
        links.setSlowness(host, 1);
        over();
      };
    },
  },
  {
    name: 'reset connections',
    durationMs: 0,
    begin: (cluster) => {
      const { network, prng } = cluster.world;
      const { host } = pickVictim(cluster);
      if (network.reset(host, () => chance(prng, 0.6)) === 0) return null;
      return cluster.disturbances.begin([host]);
    },
  },
  {
    name: 'refuse connections',
    durationMs: 2_000,
    begin: (cluster) => {
      const { links } = cluster.world;
      const { host } = pickVictim(cluster);
      const over = cluster.disturbances.begin([host]);
      links.setRefusing(host, true);
      return () => {
        links.setRefusing(host, false);
        over();
      };
    },
  },
];

/** Wall clocks that jump. */
export const CLOCK_FAULTS: readonly RoleFault[] = [
  {
    name: 'clock jump',
    durationMs: 10_000,
    begin: ({ disturbances, world, machines }) => {
      // No host: nothing that users see may depend on wall clocks.
      const over = disturbances.begin([WALL_CLOCKS]);
      const { clock } = world.prng.pick([...machines, ...world.nodes]);
      const sign = chance(world.prng, 0.5) ? -1 : 1;
      const byMs = sign * 10 ** world.prng.integer(2, 8);
      clock.jump(byMs);
      return () => {
        if (chance(world.prng, 0.5)) clock.jump(-byMs);
        over();
      };
    },
  },
];

/** A coordinator's disk that is slow, and a deep store that is slow or fails. */
export const DISK_FAULTS: readonly RoleFault[] = [
  {
    name: 'slow disk of a coordinator',
    durationMs: 4_000,
    begin: (cluster) => {
      const node = cluster.world.prng.pick(cluster.world.nodes);
      const over = cluster.disturbances.begin([node.host]);
      node.disk.faults.syncDelayMs = 10 ** (1 + 2.5 * cluster.world.prng.float());
      return () => {
        node.disk.faults.syncDelayMs = 0;
        over();
      };
    },
  },
  {
    name: 'slow deep store',
    durationMs: 4_000,
    begin: ({ deepStore, disturbances, world }) => {
      const over = disturbances.begin([DEEP_STORE]);
      deepStore.faults.syncDelayMs = 10 ** (1 + 2 * world.prng.float());
      return () => {
        deepStore.faults.syncDelayMs = 0;
        over();
      };
    },
  },
  {
    name: 'deep store that cannot be read',
    durationMs: 2_000,
    begin: ({ deepStore, disturbances, world }) => {
      const over = disturbances.begin([DEEP_STORE]);
      const share = world.prng.float();
      deepStore.faults.failRead = () => chance(world.prng, share);
      return () => {
        deepStore.faults.failRead = () => false;
        over();
      };
    },
  },
  {
    name: 'deep store that cannot be written',
    durationMs: 2_000,
    begin: ({ deepStore, disturbances, world }) => {
      const over = disturbances.begin([DEEP_STORE]);
      const share = world.prng.float();
      deepStore.faults.failWrite = () => chance(world.prng, share);
      deepStore.faults.failSync = () => chance(world.prng, share);
      return () => {
        deepStore.faults.failWrite = () => false;
        deepStore.faults.failSync = () => false;
        over();
      };
    },
  },
];

/** Every kind of fault of a whole cluster. */
export const ROLE_FAULTS: readonly RoleFault[] = [
  ...PROCESS_FAULTS,
  ...NETWORK_FAULTS,
  ...CLOCK_FAULTS,
  ...DISK_FAULTS,
];

/** Any machine; a role's more often than a coordinator's. */
function pickVictim({ world, machines }: RoleCluster): Victim {
  return world.prng.pick([...machines, ...world.nodes]);
}

/** All other hosts, those of users included. */
function othersThan(cluster: RoleCluster, host: string): string[] {
  return [...cluster.hosts(), ...cluster.userHosts].filter((other) => other !== host);
}

/** Cuts the ways between two groups of hosts; `forward` only those from the first to the second. */
function cutOff(
  cluster: RoleCluster,
  left: readonly string[],
  right: readonly string[],
  how: 'both' | 'forward',
): Heal | null {
  if (left.length === 0 || right.length === 0) return null;
  const { links, network } = cluster.world;
  const smaller = left.length < right.length ? left : right;
  const over = cluster.disturbances.begin(smaller.length === 1 ? smaller : [...left, ...right]);
  const ways = left.flatMap((from) => right.map((to): [string, string] => [from, to]));
  const all = how === 'both' ? [...ways, ...ways.map(([from, to]) => [to, from] as const)] : ways;
  for (const [from, to] of all) links.block(from, to);
  return () => {
    for (const [from, to] of all) links.unblock(from, to);
    network.flush();
    over();
  };
}
