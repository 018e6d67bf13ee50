import { CachedSubtree, type CachedSubtreeOptions } from '../recipes/cached-subtree.ts';
import { decodeNode } from './paths.ts';

/** A local copy of all nodes with data below a path of the cluster, as JSON objects. */
export type TreeMirror<T extends object> = CachedSubtree<T>;

/** Starts to follow; resolves once the copy is complete. */
export function startMirror<T extends object>(
  options: Omit<CachedSubtreeOptions<T>, 'decode'>,
): Promise<TreeMirror<T>> {
  return CachedSubtree.start<T>({
    ...options,
    decode: (path, data) => (data.length === 0 ? null : decodeNode<T>(path, data)),
  });
}
