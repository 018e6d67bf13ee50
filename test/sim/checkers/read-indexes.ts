import type { RaftOutput } from '../../../src/coord/core/raft/types.ts';
import { SafetyViolation } from '../violation.ts';

const NAME = 'read-indexes';

/**
 * A read whose freshness is settled covers everything that any node knew to be committed when it was
 * asked for: whoever answers it does still lead (thesis, 6.4).
 */
export class ReadIndexes {
  /** What was committed when a node asked, by context; a node that starts again asks anew. */
  readonly #asked = new Map<number, Map<number, number>>();
  #committed = 0;

  started(node: number): void {
    this.#asked.set(node, new Map());
  }

  /** A node asks under a context. */
  asked(node: number, context: number): void {
    this.#asked.get(node)?.set(context, this.#committed);
  }

  /** Looks at what a node may answer, and at what it knows to be committed. */
  settled(node: number, { reads, committed }: RaftOutput): void {
    for (const { context, index } of reads) {
      const asked = this.#asked.get(node);
      const least = asked?.get(context);
      asked?.delete(context);
      if (least === undefined || index < 0 || index >= least) continue;
      throw new SafetyViolation(
        NAME,
        `node ${node} may answer a read at ${index} that was asked for when ${least} was committed`,
      );
    }
    this.#committed = Math.max(this.#committed, committed.at(-1)?.index ?? 0);
  }
}
