import type { Literal } from '../sql/expression.ts';
import type { ExecutionContext } from './context.ts';
import type { GroupKey } from './group-key.ts';
import type { RowSet } from './row-set.ts';
import type { Vector } from './vector.ts';
import { literalVector } from './vector-build.ts';

/** A grouping expression that is the same for all rows: they share the id 0. */
export class ConstantKey implements GroupKey {
  readonly cardinality = 1;
  readonly idCount = 1;
  readonly #literal: Literal;
  readonly #context: ExecutionContext;

  constructor(literal: Literal, context: ExecutionContext) {
    this.#literal = literal;
    this.#context = context;
  }

  encode({ count }: RowSet): number {
    const { kernels, batch } = this.#context;
    const ids = batch.allocate(count * 4);
    kernels.run.fillBytes(ids, 0, count * 4);
    return ids;
  }

  append(): void {}

  count(counts: number, { count }: RowSet): boolean {
    const { buffer } = this.#context.kernels.memory;
    new BigInt64Array(buffer, counts, 1)[0]! += BigInt(count);
    return true;
  }

  decode(ids: Uint32Array): Vector {
    return literalVector(this.#literal, ids.length);
  }
}
