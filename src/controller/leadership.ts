import { EngineError } from '../base/errors.ts';
import type { CoordinatorClient, TransactionOperation } from '../coord/client.ts';
import { clusterPaths, encodeNode, type LiveNode } from '../coord/cluster/paths.ts';
import { LeaderTerm } from './leader-term.ts';
import { readNode } from './read-node.ts';

/**
 * Tries to become the leading controller: the one whose ephemeral node stands at the leader's path.
 * In the same step its name goes into the node above, whose version is its term from then on. A node
 * that this controller left behind before it was killed is taken over.
 *
 * @param self this controller.
 * @returns null when another one leads.
 */
export async function seekLeadership(
  client: CoordinatorClient,
  self: LiveNode,
): Promise<LeaderTerm | null> {
  const session = client.sessionSignal;
  for (;;) {
    const operations = await takeover(client, self);
    if (operations === null) return null;
    try {
      if (operations.length > 0) await client.transaction(operations);
    } catch (error) {
      // Another one was faster, or nobody knows: then the tree does.
      if (!(error instanceof EngineError) || !UNDECIDED.has(error.code)) throw error;
      continue;
    }
    const found = await readNode<LiveNode>(client, clusterPaths.leader);
    if (found?.value?.incarnation !== self.incarnation) return null;
    return new LeaderTerm(client, found.version, session);
  }
}

/** What makes this controller the leader; null when another one is, nothing when it is already. */
async function takeover(
  client: CoordinatorClient,
  self: LiveNode,
): Promise<TransactionOperation[] | null> {
  const path = clusterPaths.controllerLeader;
  const data = encodeNode(path, self);
  const announce = { kind: 'set', path: clusterPaths.leader, data } as const;
  const create = { kind: 'create', path, data, ephemeral: true } as const;
  const stat = await client.exists(path);
  if (stat === null) return [create, announce];
  const leader = await readNode<LiveNode>(client, path);
  if (leader === null) return [create, announce];
  const isOwn = stat.ephemeralOwner === client.sessionId;
  if (isOwn) return leader.value?.incarnation === self.incarnation ? [] : null;
  return leader.value?.id === self.id ? [{ kind: 'delete', path }, create, announce] : null;
}

const UNDECIDED: ReadonlySet<EngineError['code']> = new Set([
  'CONFLICT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'CONNECTION_LOSS',
]);
