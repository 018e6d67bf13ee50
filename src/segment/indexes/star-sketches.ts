import { bytesOfString } from '../../base/byte-string.ts';
import { encodeUtf8 } from '../../base/bytes.ts';
import { murmur3Bit128 } from '../../base/hash-scalars.ts';
import {
  type HyperLogLogShape,
  sketchOfEntries,
  uniteHyperLogLogs,
} from '../../base/sketches/hyperloglog.ts';
import { kll } from '../../base/sketches/kll.ts';
import type { NumberSketch } from '../../base/sketches/number-sketch.ts';
import { tDigest } from '../../base/sketches/t-digest.ts';
import type { StarTreeMetric } from '../../base/star-tree-config.ts';
import { isFloat, isText, type Value } from '../../base/types.ts';
import { decodeDictionary } from '../decode.ts';
import { bytesOf } from '../encoded-column.ts';
import { holdsBytes } from '../text-bytes.ts';
import { type SourceCodes, type SourceColumn, sourceCodes, sourceValues } from './index-source.ts';

/** A sketch's own array. */
export type SketchArray = Float64Array | Uint32Array | Uint8Array;

/** How the sketches of a star-tree's records come about; null is that of no values. */
export interface SketchFold {
  ofRows(rows: Uint32Array): SketchArray | null;
  /** The sketch of the values of all; at least one is given. */
  unite(sketches: readonly SketchArray[]): SketchArray;
}

/** The fold of a metric that is a sketch. */
export function sketchFold(metric: StarTreeMetric, column: SourceColumn): SketchFold {
  const [first = 0, second = 0] = metric.sizes;
  if (metric.function !== 'hyperloglog') {
    return numberFold(metric.function === 'kll' ? kll(first) : tDigest(first), column);
  }
  const shape = { log2m: first, entryBits: Math.max(first, second), isSparse: second > 0 };
  return hyperLogLogFold(shape, column);
}

function hyperLogLogFold(shape: HyperLogLogShape, column: SourceColumn): SketchFold {
  const { values, codes } = placedValues(column);
  const entries = Uint32Array.from(values, (value) =>
    entryOf(hashOf(value, column), shape.entryBits),
  );
  return {
    ofRows: (rows) => {
      const own = rows.map((row) => entries[codes === null ? row : codes[row]!]!).sort();
      return sketchOfEntries(
        own.filter((entry, at) => at === 0 || entry !== own[at - 1]),
        null,
        shape,
      );
    },
    unite: (sketches) => uniteHyperLogLogs(sketches.map(bytesOf), shape),
  };
}

function numberFold(kind: NumberSketch, column: SourceColumn): SketchFold {
  const placed = placedValues(column);
  const values = Float64Array.from(placed.values, Number);
  const { codes } = placed;
  return {
    ofRows: (rows) => {
      const own = Float64Array.from(rows, (row) => values[codes === null ? row : codes[row]!]!);
      const numbers = own.filter((value) => !Number.isNaN(value)).sort();
      return numbers.length === 0 ? null : kind.build(numbers);
    },
    unite: (sketches) => kind.unite(sketches as readonly Float64Array[]),
  };
}

/** Values of a column, and where those of the rows are among them; null: in the order of the rows. */
interface PlacedValues {
  readonly values: ArrayLike<Value>;
  readonly codes: SourceCodes['codes'] | null;
}

/** The values of a column's codes where these are few, and of its rows otherwise. */
function placedValues(column: SourceColumn): PlacedValues {
  const { metadata, buffers } = column;
  const { encoding } = metadata;
  const coded = sourceCodes(column);
  if (coded === null) return { values: sourceValues(column)!, codes: null };
  const { codes, codeCount } = coded;
  if (encoding.kind !== 'affine') return { values: decodeDictionary(metadata, buffers), codes };
  const { base, scale } = encoding;
  const valueAt = (code: number): bigint => base + BigInt(code) * scale;
  if (codeCount > codes.length) return { values: Array.from(codes, valueAt), codes: null };
  return { values: Array.from({ length: codeCount }, (_, code) => valueAt(code)), codes };
}

/** Apache DataSketches' seed, as for the sketches of rows. */
const SEED = 9001;

/** The hash that the kernels of sketches give a value. */
function hashOf(value: Value, { metadata: { type } }: SourceColumn): bigint {
  const bytes =
    isText(type) && typeof value === 'string'
      ? (holdsBytes(type) ? bytesOfString : encodeUtf8)(value)
      : new Uint8Array(
          (isFloat(type)
            ? Float64Array.of(Number.isNaN(value) ? Number.NaN : Number(value) + 0)
            : BigInt64Array.of(BigInt(value ?? 0))
          ).buffer,
        );
  return murmur3Bit128(bytes, SEED)[0];
}

/** The first bits of a hash, and the rank behind them. */
function entryOf(hash: bigint, entryBits: number): number {
  const rest = BigInt.asUintN(64, hash << BigInt(entryBits)) | (1n << BigInt(entryBits - 1));
  const high = Number(rest >> 32n);
  const rank = 1 + (high === 0 ? 32 + Math.clz32(Number(rest & 0xffff_ffffn)) : Math.clz32(high));
  return Number(hash >> BigInt(64 - entryBits)) * 64 + rank;
}
