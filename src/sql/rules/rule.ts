/**
 * One rewrite of a plan or an expression into an equal and cheaper one.
 *
 * Keeps: for every input, the same answer; in expressions the same truth value, NULL included, and
 * the same type. Caller must apply `rewrite` only to nodes that `match`.
 */
export interface Rule<Node> {
  /** Lower case with dashes; a test is named after it. */
  readonly name: string;
  readonly match: (node: Node) => boolean;
  readonly rewrite: (node: Node) => Node;
}

/** Passes over one node before a rewriter gives up on reaching a fixed point; plans need three. */
const PASSES_MAX = 8;

/** Applies the rules in their order to one node, again and again until none changes it. */
export function applyRules<Node>(rules: readonly Rule<Node>[], start: Node): Node {
  let node = start;
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const before = node;
    for (const rule of rules) if (rule.match(node)) node = rule.rewrite(node);
    if (node === before) break;
  }
  return node;
}
