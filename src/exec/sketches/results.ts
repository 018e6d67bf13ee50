import { assert } from '../../base/assert.ts';
import {
  estimateDistinct,
  type HyperLogLogShape,
  uniteHyperLogLogs,
} from '../../base/sketches/hyperloglog.ts';
import { compactKll, kll } from '../../base/sketches/kll.ts';
import type { NumberSketch } from '../../base/sketches/number-sketch.ts';
import { tDigest, verboseTDigest } from '../../base/sketches/t-digest.ts';
import type { DataType, Value } from '../../base/types.ts';
import type { Expression, SketchFunction } from '../../sql/expression.ts';
import type { State } from '../accumulator.ts';
import type { StateSpecification } from '../aggregate-states.ts';
import type { Steps } from '../steps.ts';
import type { Vector } from '../vector.ts';
import { vectorFromValues } from '../vector-build.ts';
import { asFloats, asWords, STEP_SKETCHES, type UniteSketches, unpackSketches } from './packed.ts';
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

/** What unites the sketches of a kind of state; null for states that are none. */
export function uniteOfSketches(
  kind: StateSpecification['kind'],
  args: readonly Expression[],
): UniteSketches | null {
  switch (kind) {
    case 'tdigest':
    case 'kll': {
      const sketch = numberSketch(kind, args);
      return (sketches) => sketch.unite(sketches.map(asFloats));
    }
    case 'hyperloglog': {
      const shape = hyperLogLogShape(args);
      return (sketches) => uniteHyperLogLogs(sketches, shape);
    }
    case 'theta': {
      const k = constantAt(args, 1);
      return (sketches) =>
        sketches.map(asWords).reduce((left, right) => mergeThetas(left, right, k));
    }
    default:
      return null;
  }
}

/** What an aggregate of sketches gives for each group. */
export function* sketchResultSteps(
  name: SketchFunction,
  args: readonly Expression[],
  state: State,
): Steps<Vector> {
  switch (name) {
    case 'approx_count_distinct':
      return yield* hyperLogLogCounts(args, state);
    case 'theta_count':
      return yield* thetaCounts(state);
    case 'theta_raw':
      return yield* thetaTexts(state);
    case 'tdigest_raw':
    case 'kll_raw':
      return yield* numberSketchTexts(name, args, state);
    default:
      return yield* sketchQuantiles(name, args, state);
  }
}

/** How many different values each group has, about. */
function hyperLogLogCounts(args: readonly Expression[], state: State): Steps<Vector> {
  const shape = hyperLogLogShape(args);
  return counts(state, (sketch) => estimateDistinct(sketch, shape));
}

/** How many different values each group has, about. */
function thetaCounts(state: State): Steps<Vector> {
  return counts(state, (sketch) => estimateTheta(asWords(sketch)));
}

/** Each group's sketch in DataSketches' layout, in Base64. */
function thetaTexts(state: State): Steps<Vector> {
  return ofEach('STRING', state, (sketch) =>
    base64(compactTheta(sketch === null ? null : asWords(sketch))),
  );
}

/**
 * Each group's sketch as Pinot gives it away: KLL in DataSketches' layout in Base64, t-digest in that of
 * Dunning's library in hexadecimal.
 */
function numberSketchTexts(
  name: SketchFunction,
  args: readonly Expression[],
  state: State,
): Steps<Vector> {
  const size = constantAt(args, 2);
  return ofEach('STRING', state, (bytes) => {
    const sketch = bytes === null ? null : asFloats(bytes);
    if (name === 'kll_raw') return base64(compactKll(sketch, size));
    return hexadecimal(verboseTDigest(sketch, size));
  });
}

/** A value of each group's sketch, which is null where the group has no values. */
function* ofEach(
  type: DataType,
  state: State,
  value: (sketch: Uint8Array | null) => Value,
): Steps<Vector> {
  const values: Value[] = [];
  for (const sketch of unpackSketches(state)) {
    if (values.length % STEP_SKETCHES === STEP_SKETCHES - 1) yield;
    values.push(value(sketch));
  }
  return vectorFromValues(type, values);
}

function base64(bytes: Uint8Array): string {
  let characters = '';
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function counts(state: State, estimate: (sketch: Uint8Array) => number): Steps<Vector> {
  return ofEach('BIGINT', state, (sketch) => BigInt(sketch === null ? 0 : estimate(sketch)));
}

/** A quantile of each group; NULL for none. */
function sketchQuantiles(
  name: SketchFunction,
  args: readonly Expression[],
  state: State,
): Steps<Vector> {
  const kind = name === 'tdigest_quantile' ? 'tdigest' : 'kll';
  const sketch = numberSketch(kind, [args[0]!, args[2]!]);
  const fraction = constantAt(args, 1);
  return ofEach('DOUBLE', state, (bytes) =>
    bytes === null ? null : sketch.quantile(asFloats(bytes), fraction),
  );
}

/** The number that a literal argument is. */
export function constantAt(args: readonly Expression[], index: number): number {
  const constant = args[index];
  assert(constant?.kind === 'literal', 'a sketch has its size');
  return Number(constant.value);
}
