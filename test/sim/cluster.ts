import type { Member } from '../../src/coord/core/raft/types.ts';
import type { Address } from '../../src/io/network.ts';
import { SimulatedClient } from './client.ts';
import { MachineClock } from './clock.ts';
import { type NodePlan, SimulatedNode } from './cluster-node.ts';
import { PEER_PORT } from './network.ts';
import { CLIENT_PORT } from './node-under-test.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import type { World } from './world.ts';

/** Who takes part in a simulation. */
export interface ClusterPlan extends NodePlan {
  readonly voters: number;
  readonly observers: number;
  readonly clients: number;
  readonly sessionTimeoutMs: number;
  /** How far the rates of clocks are from true, at most; 0.01 is one per cent. */
  readonly clockDrift: number;
}

const ELECTION_PORT = 3888;

/** Puts machines with nodes and with clients into a world; nothing is started. */
export function buildCluster(world: World, plan: ClusterPlan): void {
  const members = membersOf(plan);
  for (const member of members) {
    const { id, clientHost: host } = member;
    const disk = new SimulatedDisk({ prng: world.fork(), clock: world.scheduler.clock });
    const clock = drawClock(world, plan.clockDrift);
    const machine = { id, host, disk, clock, prng: world.fork() };
    world.nodes.push(new SimulatedNode(world, machine, { members, ...plan }));
  }
  for (let index = 1; index <= plan.clients; index++) {
    const clock = drawClock(world, plan.clockDrift);
    const place = { name: `c${index}`, host: `10.0.1.${index}`, clock };
    world.clients.push(new SimulatedClient(world, place, plan.sessionTimeoutMs));
  }
}

/** Where clients reach the nodes. */
export function clientAddresses(world: World): Address[] {
  return world.nodes.map(({ host }) => ({ host, port: CLIENT_PORT }));
}

/** The members in the beginning. */
export function membersOf({
  voters,
  observers,
}: Pick<ClusterPlan, 'voters' | 'observers'>): Member[] {
  return Array.from({ length: voters + observers }, (_, index) => ({
    id: index + 1,
    role: index < voters ? ('participant' as const) : ('observer' as const),
    peerHost: `10.0.0.${index + 1}`,
    peerPort: PEER_PORT,
    electionPort: ELECTION_PORT,
    clientHost: `10.0.0.${index + 1}`,
    clientPort: CLIENT_PORT,
  }));
}

function drawClock(world: World, drift: number): MachineClock {
  const rate = 1 + (2 * world.prng.float() - 1) * drift;
  return new MachineClock(world.scheduler, rate, world.prng.integer(-5_000, 5_000));
}
