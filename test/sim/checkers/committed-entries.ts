import { crc32c } from '../../../src/base/checksum.ts';
import type { Entry, RaftOutput } from '../../../src/coord/core/raft/types.ts';
import { SafetyViolation } from '../violation.ts';

const NAME = 'committed-entries';

/**
 * What was committed at an index stays what it is, on all nodes and in all incarnations: logs match
 * and committed entries never change.
 */
export class CommittedEntries {
  /** Term, checksum of the payload, and who was the first to commit it. */
  readonly #byIndex: { term: number; checksum: number; node: number }[] = [];

  /** Looks at what a node is about to apply. */
  committed(node: number, { committed }: RaftOutput): void {
    for (const entry of committed) this.#look(node, entry);
  }

  #look(node: number, { index, term, payload }: Entry): void {
    const checksum = crc32c(payload);
    const known = this.#byIndex[index];
    if (known === undefined) {
      this.#byIndex[index] = { term, checksum, node };
      return;
    }
    if (known.term === term && known.checksum === checksum) return;
    throw new SafetyViolation(
      NAME,
      `entry ${index} is of term ${term} (${checksum}) at node ${node} and was of term ` +
        `${known.term} (${known.checksum}) at node ${known.node}`,
    );
  }
}
