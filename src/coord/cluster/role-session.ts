import type { Clock } from '../../io/clock.ts';
import type { Address, Network } from '../../io/network.ts';
import type { Random } from '../../io/random.ts';
import { CoordinatorClient } from '../client.ts';
import { CLUSTER_PARENTS } from './paths.ts';

/** Where the coordinator is. */
export interface CoordinatorAddress {
  readonly addresses: readonly Address[];
  /** A path below which the cluster lives, such as `/production`; none by default. */
  readonly chroot?: string;
}

/** What a role needs to take part in the cluster. */
export interface RoleSessionOptions {
  readonly coordinator: CoordinatorAddress;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** Silence after which the coordinator ends the session; one may grant more than is asked for. */
  readonly sessionTimeoutMs: number;
  /** Called when a session was lost and a new one has begun: ephemeral nodes must be made again. */
  readonly onRenewed: () => Promise<void>;
  /** Told of what goes wrong behind the scenes. */
  readonly onError: (error: unknown) => void;
}

/**
 * Connects a role to the coordinator and makes sure that the cluster's parent nodes exist.
 *
 * @throws EngineError SERVER_UNAVAILABLE when no coordinator answers in time.
 */
export async function openRoleSession(options: RoleSessionOptions): Promise<CoordinatorClient> {
  let isFirst = true;
  const client = await CoordinatorClient.connect({
    ...options.coordinator,
    sessionTimeoutMs: options.sessionTimeoutMs,
    network: options.network,
    clock: options.clock,
    random: options.random,
    onError: options.onError,
    onSession: async () => {
      if (!isFirst) await options.onRenewed();
      isFirst = false;
    },
  });
  for (const path of CLUSTER_PARENTS) await client.ensurePath(path);
  return client;
}
