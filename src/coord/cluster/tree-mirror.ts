import { CachedSubtree, type CachedSubtreeOptions } from '../recipes/cached-subtree.ts';
import { clusterPaths, decodeNode } from './paths.ts';
import type { SegmentPageNode, TableStateNode } from './segment-nodes.ts';
import { isPageName } from './segment-pages.ts';

export type { SubtreeChange } from '../recipes/cached-subtree.ts';

/** A local copy of all nodes with data below a path of the cluster, as JSON objects. */
export type TreeMirror<T extends object> = CachedSubtree<T>;

/** A node below `segments`: the state of a table, or one of its pages. */
export type SegmentTreeNode =
  | { readonly kind: 'state'; readonly table: string; readonly state: TableStateNode }
  | {
      readonly kind: 'page';
      readonly table: string;
      readonly page: string;
      readonly content: SegmentPageNode;
    };

/** Starts to follow; resolves once the copy is complete. */
export function startMirror<T extends object>(
  options: Omit<CachedSubtreeOptions<T>, 'decode'>,
): Promise<TreeMirror<T>> {
  return CachedSubtree.start<T>({
    ...options,
    decode: (path, data) => (data.length === 0 ? null : decodeNode<T>(path, data)),
  });
}

/**
 * Starts to follow the segments of all tables. A table's state and pages change together in the copy,
 * since what queries see follows from all of them.
 */
export function startSegmentMirror(
  options: Pick<CachedSubtreeOptions<SegmentTreeNode>, 'client' | 'onChange' | 'onError'>,
): Promise<TreeMirror<SegmentTreeNode>> {
  const root = clusterPaths.segments;
  return CachedSubtree.start<SegmentTreeNode>({
    ...options,
    root,
    groupOf: (name) => name.split('/', 1)[0]!,
    decode: (path, data) => {
      const [table = '', page, ...rest] = path.slice(root.length + 1).split('/');
      // Of an empty node, or one that an earlier layout has left here, nothing follows.
      if (data.length === 0 || rest.length > 0) return null;
      if (page === undefined) return { kind: 'state', table, state: decodeNode(path, data) };
      const content = isPageName(page) ? decodeNode<Partial<SegmentPageNode>>(path, data) : {};
      const { segments } = content;
      return segments === undefined ? null : { kind: 'page', table, page, content: { segments } };
    },
  });
}
