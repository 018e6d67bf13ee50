import { assert } from '../../base/assert.ts';
import type { AggregateCall, Expression } from '../../sql/expression.ts';
import type { State } from '../accumulator.ts';
import type { StateSpecification } from '../aggregate-states.ts';
import type { Vector } from '../vector.ts';
import { vectorFromValues } from '../vector-build.ts';
import { estimateDistinct, type HyperLogLogShape, mergeHyperLogLogs } from './hyperloglog.ts';
import { kll } from './kll.ts';
import type { NumberSketch } from './number-sketch.ts';
import { asFloats, asWords, type MergeSketches, unpackSketches } from './packed.ts';
import { tDigest } from './t-digest.ts';
import { compactTheta, estimateTheta, mergeThetas } from './theta.ts';

/** The kind of sketch that a state has; its size is the literal behind the argument. */
export function numberSketch(kind: 'tdigest' | 'kll', args: readonly Expression[]): NumberSketch {
  const size = constantAt(args, 1);
  return kind === 'tdigest' ? tDigest(size) : kll(size);
}

/** The shape that the literals behind an argument ask for: log2m, then bits of entries, 0 for none. */
export function hyperLogLogShape(args: readonly Expression[]): HyperLogLogShape {
  const [log2m, bits] = [constantAt(args, 1), constantAt(args, 2)];
  return { log2m, entryBits: Math.max(log2m, bits), isSparse: bits > 0 };
}

/** What merges the sketches of a kind of state; null for states that are none. */
export function mergeOfSketches(
  kind: StateSpecification['kind'],
  args: readonly Expression[],
): MergeSketches | null {
  switch (kind) {
    case 'tdigest':
    case 'kll': {
      const { merge } = numberSketch(kind, args);
      return (left, right) => merge(asFloats(left), asFloats(right));
    }
    case 'hyperloglog': {
      const shape = hyperLogLogShape(args);
      return (left, right) => mergeHyperLogLogs(left, right, shape);
    }
    case 'theta': {
      const k = constantAt(args, 1);
      return (left, right) => mergeThetas(asWords(left), asWords(right), k);
    }
    default:
      return null;
  }
}

/** How many different values each group has, about. */
export function hyperLogLogCounts({ args }: AggregateCall, state: State): Vector {
  const shape = hyperLogLogShape(args);
  return counts(state, (sketch) => estimateDistinct(sketch, shape));
}

/** How many different values each group has, about. */
export function thetaCounts(state: State): Vector {
  return counts(state, (sketch) => estimateTheta(asWords(sketch)));
}

/** Each group's sketch in DataSketches' layout, in Base64. */
export function thetaTexts(state: State): Vector {
  const texts = unpackSketches(state).map((sketch) => {
    const bytes = compactTheta(sketch === null ? null : asWords(sketch));
    let characters = '';
    for (const byte of bytes) characters += String.fromCharCode(byte);
    return btoa(characters);
  });
  return vectorFromValues('STRING', texts);
}

function counts(state: State, estimate: (sketch: Uint8Array) => number): Vector {
  const values = unpackSketches(state).map((sketch) =>
    BigInt(sketch === null ? 0 : estimate(sketch)),
  );
  return vectorFromValues('BIGINT', values);
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

/** The number that a literal argument is. */
export function constantAt(args: readonly Expression[], index: number): number {
  const constant = args[index];
  assert(constant?.kind === 'literal', 'a sketch has its size');
  return Number(constant.value);
}
