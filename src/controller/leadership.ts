import { EngineError } from '../base/errors.ts';
import type { CoordinatorClient, TransactionOperation } from '../coord/client.ts';
import { clusterPaths, encodeNode, type LiveNode } from '../coord/cluster/paths.ts';
import { readNode } from './read-node.ts';

/**
 * Tries to become the leading controller: the one whose ephemeral node stands at the leader's path.
 * In the same step its name goes into the node above, whose version is its term from then on; when
 * nobody has led since it did, its term goes on. A node that this controller left behind, in an earlier
 * session or before it was killed, is taken over.
 *
 * @param self this controller.
 * @returns the number of its term; null when another one leads.
 */
export async function seekLeadership(
  client: CoordinatorClient,
  self: LiveNode,
): Promise<number | null> {
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
    return found?.value?.incarnation === self.incarnation ? found.version : null;
  }
}

/** What makes this controller the leader; null when another one is, nothing when it is already. */
async function takeover(
  client: CoordinatorClient,
  self: LiveNode,
): Promise<TransactionOperation[] | null> {
  const path = clusterPaths.controllerLeader;
  const data = encodeNode(path, self);
  const create = { kind: 'create', path, data, ephemeral: true } as const;
  const last = await readNode<LiveNode>(client, clusterPaths.leader);
  const isLast = last?.value?.incarnation === self.incarnation;
  const term: TransactionOperation =
    isLast && last !== null
      ? { kind: 'check', path: clusterPaths.leader, expectedVersion: last.version }
      : { kind: 'set', path: clusterPaths.leader, data };
  const stat = await client.exists(path);
  const leader = stat === null ? null : await readNode<LiveNode>(client, path);
  if (stat === null || leader === null) return [create, term];
  if (leader.value?.id !== self.id) return null;
  const isOwn = isLast && stat.ephemeralOwner === client.sessionId;
  return isOwn ? [] : [{ kind: 'delete', path }, create, term];
}

const UNDECIDED: ReadonlySet<EngineError['code']> = new Set([
  'CONFLICT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'CONNECTION_LOSS',
]);
