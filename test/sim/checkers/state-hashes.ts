import type { SimulatedNode } from '../cluster-node.ts';
import { SafetyViolation } from '../violation.ts';

const NAME = 'state-hashes';

/** Nodes that have applied the same entries are in the same state, in every incarnation. */
export class StateHashes {
  readonly #byIndex = new Map<number, { readonly hash: string; readonly node: number }>();
  readonly #lastLook = new Map<number, number>();
  readonly #entriesPerLook: number;

  /** @param entriesPerLook a hash goes over the whole state: one is taken after so many entries. */
  constructor(entriesPerLook: number) {
    this.#entriesPerLook = entriesPerLook;
  }

  /** Looks at a node that has just run; costs nothing while it has applied nothing more. */
  look(node: SimulatedNode): void {
    const appliedIndex = node.status()?.appliedIndex;
    if (appliedIndex === undefined || this.#lastLook.get(node.id) === appliedIndex) return;
    this.#lastLook.set(node.id, appliedIndex);
    if (appliedIndex % this.#entriesPerLook !== 0) return;
    const hash = node.stateHash();
    if (hash === null) return;
    const known = this.#byIndex.get(appliedIndex);
    if (known === undefined) {
      this.#byIndex.set(appliedIndex, { hash, node: node.id });
      return;
    }
    if (known.hash === hash) return;
    throw new SafetyViolation(
      NAME,
      `after entry ${appliedIndex} node ${node.id} is in state ${hash}, ` +
        `node ${known.node} was in ${known.hash}`,
    );
  }
}
