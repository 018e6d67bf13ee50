import type { applyEntry } from '../../../src/coord/core/apply.ts';
import type { Alterations, SimulatedNode } from '../cluster-node.ts';

/** How a planted bug applies an entry; calls the real thing when it wants it done right. */
export type AlteredApply = (
  args: Parameters<typeof applyEntry>,
  node: SimulatedNode,
) => ReturnType<typeof applyEntry>;

/** Nodes that apply entries in another way. */
export function withApply(apply: AlteredApply): Alterations {
  return { parts: (node) => ({ applyEntry: (...args) => apply(args, node) }) };
}
