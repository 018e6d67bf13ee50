import type { CoordinatorClient } from '../coord/client.ts';
import { clusterPaths, encodeNode, type LiveNode } from '../coord/cluster/paths.ts';
import { createEphemeral, putEphemeral } from '../coord/cluster/presence.ts';

/**
 * Tries to become the leading controller: the one whose ephemeral node stands at the leader's path.
 * A node that this controller left behind before it was killed is taken over.
 *
 * @param self this controller.
 * @param leader the leader as last seen, or null when there is none.
 */
export async function seekLeadership(
  client: CoordinatorClient,
  self: LiveNode,
  leader: LiveNode | null,
): Promise<void> {
  const path = clusterPaths.controllerLeader;
  if (leader === null) {
    await createEphemeral(client, path, encodeNode(path, self));
  } else if (leader.id === self.id && leader.incarnation !== self.incarnation) {
    await putEphemeral(client, path, self);
  }
}
