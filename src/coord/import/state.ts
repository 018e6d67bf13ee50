import { assert } from '../../base/assert.ts';
import { EngineError } from '../../base/errors.ts';
import { READ_ACL } from '../core/acl.ts';
import type { ReplicatedState } from '../core/apply.ts';
import { CONFIG_PATH, isValidPath, SYSTEM_PATHS } from '../core/path.ts';
import { measureUsage } from '../core/quota.ts';
import { pathMeasuredBy } from '../core/quota-text.ts';
import { Tree } from '../core/tree.ts';
import { zooKeeperPassword } from './session-password.ts';
import type { ImportedNode, ZooKeeperTree } from './zookeeper-tree.ts';

/**
 * A ZooKeeper server's state as ours. Nodes keep all their facts and sessions their ids, timeouts and
 * passwords, so that clients go on with them. The text of `/zookeeper/config` is left out, since it
 * names the servers of the old ensemble; the usage of quotas is counted anew, as ZooKeeper does when
 * it starts.
 *
 * @param nodeId where the sessions are taken to be until their clients come back.
 * @throws EngineError CORRUPT_DATA for a node whose path no server would have accepted.
 */
export function importedState(source: ZooKeeperTree, nodeId: number): ReplicatedState {
  const tree = new Tree();
  // Parents before children: the order of insertion has them so, but not for nodes made again.
  for (const path of [...source.nodes.keys()].sort()) {
    if (!isValidPath(path)) {
      throw new EngineError('CORRUPT_DATA', `coord: the path ${JSON.stringify(path)} is malformed`);
    }
    insert(tree, path, source.nodes.get(path)!);
  }
  addSystemNodes(tree);
  for (const path of tree.sortedPaths()) {
    if (pathMeasuredBy(path) !== null) measureUsage(tree, path);
  }
  const sessions: ReplicatedState['sessions'] = new Map();
  for (const [id, timeoutMs] of source.sessions) {
    sessions.set(id, { timeoutMs, password: zooKeeperPassword(id), owner: nodeId });
  }
  return { tree, sessions, streams: new Map() };
}

function insert(tree: Tree, path: string, node: ImportedNode): void {
  const { acl, children: _, ...facts } = node;
  assert(acl !== null, 'unknown access lists were refused before');
  const data = path === CONFIG_PATH ? new Uint8Array() : node.data;
  tree.insert(path, { ...facts, data, acl, children: null });
}

/** What old releases of ZooKeeper do not have. */
function addSystemNodes(tree: Tree): void {
  const fresh = Tree.withSystemNodes();
  for (const path of SYSTEM_PATHS) {
    if (tree.get(path) !== undefined) continue;
    tree.insert(path, { ...fresh.get(path)!, children: null });
    assert(path !== CONFIG_PATH || tree.get(path)!.acl.length === READ_ACL.length, 'readable');
  }
}
