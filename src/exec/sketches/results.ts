import { assert } from '../../base/assert.ts';
import type { AggregateCall, Expression } from '../../sql/expression.ts';
import type { State } from '../accumulator.ts';
import type { Vector } from '../vector.ts';
import { vectorFromValues } from '../vector-build.ts';
import { kll } from './kll.ts';
import type { NumberSketch } from './number-sketch.ts';
import { asFloats, unpackSketches } from './packed.ts';
import { tDigest } from './t-digest.ts';

/** The kind of sketch that a state has; its size is the literal behind the argument. */
export function numberSketch(kind: 'tdigest' | 'kll', args: readonly Expression[]): NumberSketch {
  const size = constantAt(args, 1);
  return kind === 'tdigest' ? tDigest(size) : kll(size);
}

/** A quantile of each group; NULL for none. */
export function sketchQuantiles({ function: name, args }: AggregateCall, state: State): Vector {
  const kind = name === 'tdigest_quantile' ? 'tdigest' : 'kll';
  const sketch = numberSketch(kind, [args[0]!, args[2]!]);
  const fraction = constantAt(args, 1);
  const values = unpackSketches(state).map((bytes) =>
    bytes === null ? null : sketch.quantile(asFloats(bytes), fraction),
  );
  return vectorFromValues('DOUBLE', values);
}

function constantAt(args: readonly Expression[], index: number): number {
  const constant = args[index];
  assert(constant?.kind === 'literal', 'a sketch has its size');
  return Number(constant.value);
}
