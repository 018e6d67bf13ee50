import { isFloat } from '../base/types.ts';

import type { AggregateLeaf } from '../sql/plan.ts';
import { compileCodeFunction } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import type { AggregatePartial } from './partial.ts';
import type { SegmentView } from './segment-view.ts';

/**
 * SELECT DISTINCT of a dictionary column without a filter: the dictionary holds every value once, and
 * the column has a NULL or not, so that no row is looked at.
 */
export class DistinctCodes {
  readonly isComplete = true;
  readonly #result: () => AggregatePartial;

  /** @returns null when the plan asks for anything else. */
  static compile(
    { keys, aggregates }: AggregateLeaf,
    segment: SegmentView,
    context: ExecutionContext,
  ): DistinctCodes | null {
    const [key] = keys;
    if (key?.kind !== 'column' || keys.length > 1 || aggregates.length > 0) return null;
    const { encoding, min } = segment.columns.get(key.name)!.metadata;
    // Not every code of another encoding occurs; of floats, 0 and −0 are two codes and one value.
    if (encoding.kind !== 'dictionary' || isFloat(key.type)) return null;
    // A column of nothing but NULL has an entry that no row has.
    if (min === null) return null;
    const codes = compileCodeFunction(key, segment, context);
    return codes === null
      ? null
      : new DistinctCodes(() => {
          const { outputCount } = codes;
          context.control.checkGroups(outputCount);
          // Nobody reads the counts but whoever merges: that they are not 0 makes these groups.
          const data = new BigInt64Array(outputCount).fill(1n);
          const counts = { kind: 'flat', type: 'BIGINT', data, nulls: null } as const;
          return {
            kind: 'aggregate',
            groupCount: outputCount,
            keys: [codes.values()],
            states: [{ kind: 'vector', vector: counts }],
          };
        });
  }

  private constructor(result: () => AggregatePartial) {
    this.#result = result;
  }

  add(): void {}

  finish(): AggregatePartial {
    return this.#result();
  }
}
