import { CONTAINER_SWEEP_MS, CONTAINER_SWEEP_NODES_MAX } from '../../base/limits.ts';
import { CONTAINER_OWNER, ttlMsOf } from './node-owner.ts';
import type { Tree, Znode } from './tree.ts';

/** When the leader looks for containers and TTL nodes to delete. */
export interface ContainerSettings {
  /** Time between two looks. */
  readonly checkIntervalMs: number;
  /** Nodes deleted by one look. */
  readonly removalsMax: number;
  /** Age at which a container that never had a child is deleted; 0 keeps it. */
  readonly unusedMsMax: number;
}

/** ZooKeeper's defaults. */
export const DEFAULT_CONTAINERS: ContainerSettings = {
  checkIntervalMs: CONTAINER_SWEEP_MS,
  removalsMax: CONTAINER_SWEEP_NODES_MAX,
  unusedMsMax: 0,
};

/**
 * True when a container or TTL node without children has outlived its use (ZooKeeper's
 * ContainerManager): a container once it has had a child, or was never used for too long; a TTL node
 * once its data is older than its time to live.
 *
 * @param nowMs wall clock, milliseconds since 1970.
 * @param unusedMsMax see `ContainerSettings`.
 */
export function isDue(node: Readonly<Znode>, nowMs: number, unusedMsMax: number): boolean {
  if (node.children !== null) return false;
  const ageMs = nowMs - node.mtimeMs;
  if (node.ephemeralOwner === CONTAINER_OWNER) {
    return node.childCreates > 0 || (unusedMsMax > 0 && ageMs > unusedMsMax);
  }
  const ttlMs = ttlMsOf(node.ephemeralOwner);
  return ttlMs !== null && ageMs > ttlMs;
}

/** Containers and TTL nodes that are due at a time, for the leader to propose `deleteContainer` for. */
export function duePaths(
  tree: Tree,
  nowMs: number,
  { removalsMax, unusedMsMax }: ContainerSettings,
): string[] {
  const due: string[] = [];
  for (const paths of [tree.containerPaths, tree.ttlPaths]) {
    for (const path of paths) {
      if (due.length >= removalsMax) return due;
      const node = tree.get(path);
      if (node !== undefined && isDue(node, nowMs, unusedMsMax)) due.push(path);
    }
  }
  return due;
}
