import { isSession } from '../../../src/coord/core/node-owner.ts';
import type { ZooKeeperTree } from '../../../src/coord/import/zookeeper-tree.ts';
import type { ShownNode } from './raw-client.ts';

/** What a client would see of the imported tree. */
export function shown(tree: ZooKeeperTree): Map<string, ShownNode> {
  const nodes = [...tree.nodes].sort(([left], [right]) => (left < right ? -1 : 1));
  return new Map(
    nodes.map(([path, node]) => [
      path,
      {
        data: node.data === null ? null : new TextDecoder().decode(node.data),
        acl: node.acl ?? [],
        stat: {
          ...{ czxid: node.czxid, mzxid: node.mzxid, ctimeMs: node.ctimeMs, mtimeMs: node.mtimeMs },
          version: node.version,
          childVersion: 2 * node.childCreates - node.children.size,
          aclVersion: node.aclVersion,
          ephemeralOwner: isSession(node.ephemeralOwner) ? node.ephemeralOwner : 0n,
          ...{ dataLengthBytes: node.data?.length ?? 0, childCount: node.children.size },
          pzxid: node.pzxid,
        },
        children: [...node.children].sort(),
      },
    ]),
  );
}

/** By path, so that equal maps print equally. */
export function sorted(nodes: Map<string, ShownNode>): Map<string, ShownNode> {
  return new Map([...nodes].sort(([left], [right]) => (left < right ? -1 : 1)));
}
