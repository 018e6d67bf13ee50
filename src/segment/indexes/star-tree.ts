import { STAR_TREE_SKETCH_BYTES_MAX } from '../../base/limits.ts';
import { isSketch, type StarTreeMetric, starTreeConfig } from '../../base/star-tree-config.ts';
import { type DataType, isDecimal, isFloat, type Value } from '../../base/types.ts';
import { bytesOf } from '../encoded-column.ts';
import type { EncodedIndex, IndexBuilder } from './index-builder.ts';
import {
  type IndexSource,
  type SourceColumn,
  sourceCodes,
  sourceColumn,
  sourceDictionary,
  sourceValues,
} from './index-source.ts';
import { type RecordColumns, rowsBetween, StarRecords } from './star-records.ts';
import { type SketchArray, sketchFold } from './star-sketches.ts';
import { codesRole, metricRole, NODE_BYTES, sketchesRole } from './star-tree-shape.ts';

/** Stands for all codes of a node's dimension together. */
export const STAR = 0xffff_ffff;

/** A tree that has more records than this many for each row, and some, is not worth having. */
const RECORDS_PER_ROW_MAX = 4;
const RECORDS_FREE = 65_536;

/** Words of a node, as they lie in `nodes`. */
export const NODE = { code: 0, start: 1, end: 2, total: 3, firstChild: 4, childrenEnd: 5 } as const;

const NODE_WORDS = NODE_BYTES / 4;

/*
 * Star-tree, after Pinot's: records of rows that were aggregated beforehand, and a tree that finds those
 * which together stand for all rows of a query.
 *
 *              root                    Its records are the combinations of the dimensions' codes that occur,
 *          ┌────┼─────┐                in order. A node with more than `maxLeafRecords` of them has a child
 *         a=0  a=1   a=★               for each code of the next dimension; and, unless that is one code or
 *        ┌─┴─┐       ┌─┴─┐             the dimension is to be skipped, a last child ★ whose records are
 *       b=0 b=★     b=0 b=★            aggregated over it.
 *
 *   nodes    │ u32 × 6 each: code or ★ │ start │ end │ total │ first child │ end of children
 *   counts   │ u32 a record: the rows that it stands for
 *   codes0…  │ a dimension's codes, as wide as in the segment; 0 where it was aggregated over
 *   metric0… │ i64 or f64 sums; least or greatest codes or values, as wide as in the segment; of
 *            │ sketches two u32: where a record's begins in `sketches…`, and its bytes
 *   sketches0… │ the sketches of a metric one after another, each at a multiple of 8
 *
 * The root is node 0; the children of a node lie side by side, behind those of the nodes before it. `total`
 * is a record over all rows of the node. Dimensions that are NULL or not coded in a segment are left out
 * of its tree, and so are metrics of columns with NULL, and sums that might not fit 64 bits.
 */

/** Builds a star-tree; none for dimensions that aggregate next to nothing. */
export const buildStarTree: IndexBuilder = (config, source) => {
  const wanted = starTreeConfig(config);
  const dimensions = wanted.dimensions.filter((name) => {
    const { encoding, nullCount } = sourceColumn(source, name).metadata;
    return encoding.kind !== 'raw' && nullCount === 0;
  });
  const metrics = wanted.metrics.filter((metric) => canKeep(metric, source));
  if (dimensions.length === 0 || source.rowCount === 0) return null;
  const rows = rowColumns(dimensions, metrics, source);
  const records = new StarRecords(rows);
  records.aggregate(rows, rowsBetween(0, source.rowCount), 0, 0);
  const hasStar = dimensions.map((name) => !wanted.withoutStar.includes(name));
  const recordsMax = RECORDS_PER_ROW_MAX * source.rowCount + RECORDS_FREE;
  const nodes = split(records, hasStar, wanted.maxLeafRecords, recordsMax);
  if (nodes === null) return null;
  const buffers = buffersOf(records, nodes, metrics, source);
  if (buffers === null) return null;
  return {
    parameters: {
      ...config.parameters,
      nodeCount: nodes.length / NODE_WORDS,
      recordCount: records.count,
      dimensions,
      metrics: metrics.map((metric) => [metric.function, metric.column, ...metric.sizes]),
    },
    buffers,
  };
};

/** Splits the records level by level; null when there would be too many. */
function split(
  records: StarRecords,
  hasStar: readonly boolean[],
  maxLeafRecords: number,
  recordsMax: number,
): Uint32Array | null {
  const nodes: number[] = [STAR, 0, records.count, 0, 0, 0];
  const depths = [0];
  for (let node = 0; node < depths.length; node++) {
    const at = node * NODE_WORDS;
    const [start, end, depth] = [nodes[at + NODE.start]!, nodes[at + NODE.end]!, depths[node]!];
    if (end - start <= maxLeafRecords || records.count > recordsMax) continue;
    const firstChild = depths.length;
    const add = (code: number, from: number, to: number): void => {
      nodes.push(code, from, to, 0, 0, 0);
      depths.push(depth + 1);
    };
    const { codes } = records.dimensions[depth]!;
    for (let from = start, row = start + 1; row <= end; row++) {
      if (row < end && codes[row] === codes[from]) continue;
      add(codes[from]!, from, row);
      from = row;
    }
    if (hasStar[depth] && depths.length > firstChild + 1) {
      const starStart = records.count;
      records.aggregate(records, rowsBetween(start, end), depth, depth + 1);
      add(STAR, starStart, records.count);
    }
    nodes[at + NODE.firstChild] = firstChild;
    nodes[at + NODE.childrenEnd] = depths.length;
  }
  if (records.count > recordsMax) return null;
  addTotals(records, nodes, depths);
  return Uint32Array.from(nodes);
}

function addTotals(records: StarRecords, nodes: number[], depths: readonly number[]): void {
  for (let node = depths.length - 1; node >= 0; node--) {
    const at = node * NODE_WORDS;
    const [start, end] = [nodes[at + NODE.start]!, nodes[at + NODE.end]!];
    const last = (nodes[at + NODE.childrenEnd]! - 1) * NODE_WORDS;
    const isAlone = last === nodes[at + NODE.firstChild]! * NODE_WORDS;
    if (last > 0 && (isAlone || nodes[last + NODE.code] === STAR)) {
      nodes[at + NODE.total] = nodes[last + NODE.total]!;
      continue;
    }
    nodes[at + NODE.total] = end - start === 1 ? start : records.count;
    if (end - start === 1) continue;
    records.aggregate(records, rowsBetween(start, end), depths[node]!, records.dimensions.length);
  }
}

/** Null when the sketches are too large. */
function buffersOf(
  records: StarRecords,
  nodes: Uint32Array,
  metrics: readonly StarTreeMetric[],
  source: IndexSource,
): EncodedIndex['buffers'] | null {
  const { count, dimensions } = records;
  const [counts, ...gathered] = records.metrics;
  const values = metrics.filter((metric) => !isSketch(metric.function));
  const sketches = records.sketches.map((column) => packedSketches(column.values));
  const packed = sketches.flatMap((one) => (one === null ? [] : [one]));
  if (packed.length < sketches.length) return null;
  const buffers = metrics.map((metric, at) => {
    const role = metricRole(at);
    if (isSketch(metric.function)) {
      const own = packed[metrics.slice(0, at).filter((one) => isSketch(one.function)).length]!;
      return { role, bytes: bytesOf(own.places) };
    }
    const { type } = sourceColumn(source, metric.column).metadata;
    return { role, bytes: metricBytes(gathered[values.indexOf(metric)]!, type, count) };
  });
  const bodies = metrics.flatMap((metric, at) =>
    isSketch(metric.function) ? [sketchesRole(at)] : [],
  );
  return [
    { role: 'nodes', bytes: bytesOf(nodes) },
    { role: 'counts', bytes: bytesOf(counts!.values.slice(0, count)) },
    ...dimensions.map(({ codes }, at) => {
      return { role: codesRole(at), bytes: bytesOf(codes.slice(0, count)) };
    }),
    ...buffers,
    ...bodies.map((role, at) => ({ role, bytes: packed[at]!.bytes })),
  ];
}

function metricBytes(
  { fold, values }: StarRecords['metrics'][number],
  type: DataType,
  count: number,
): Uint8Array {
  const own = values.slice(0, count);
  const isNarrow = fold === 'sum' && !isFloat(type) && !(own instanceof BigInt64Array);
  return bytesOf(isNarrow ? BigInt64Array.from(own, BigInt) : own);
}

/** Sketches one after another, and where each begins with its bytes; null when they are too large. */
function packedSketches(
  sketches: readonly (SketchArray | null)[],
): { readonly places: Uint32Array; readonly bytes: Uint8Array } | null {
  const places = new Uint32Array(2 * sketches.length);
  let end = 0;
  sketches.forEach((sketch, record) => {
    places[2 * record] = end;
    places[2 * record + 1] = Math.ceil((sketch?.byteLength ?? 0) / 8) * 8;
    end += places[2 * record + 1]!;
  });
  if (end > STAR_TREE_SKETCH_BYTES_MAX) return null;
  const bytes = new Uint8Array(end);
  sketches.forEach((sketch, record) => {
    if (sketch !== null) bytes.set(bytesOf(sketch), places[2 * record]!);
  });
  return { places, bytes };
}

/** The rows of a segment as records that stand for one row each. */
function rowColumns(
  dimensions: readonly string[],
  metrics: readonly StarTreeMetric[],
  source: IndexSource,
): RecordColumns {
  const ones = new Uint32Array(source.rowCount).fill(1);
  return {
    dimensions: dimensions.map((name) => sourceCodes(sourceColumn(source, name))!),
    metrics: [
      { fold: 'sum', values: ones },
      ...metrics.flatMap(({ function: fold, column: name }): RecordColumns['metrics'] => {
        if (isSketch(fold)) return [];
        const column = sourceColumn(source, name);
        if (fold === 'sum') return [{ fold, values: summands(column, source.rowCount) }];
        return [{ fold, values: sourceCodes(column)?.codes ?? sourceValues(column)! }];
      }),
    ],
    sketches: metrics.flatMap((metric) => {
      if (!isSketch(metric.function)) return [];
      return [{ fold: sketchFold(metric, sourceColumn(source, metric.column)), values: null }];
    }),
  };
}

function canKeep({ function: fold, column }: StarTreeMetric, source: IndexSource): boolean {
  const { metadata } = sourceColumn(source, column);
  if (metadata.nullCount > 0 || metadata.encoding.kind === 'array') return false;
  // The hash of a wide decimal depends on whether the column has any that are not.
  if (fold === 'hyperloglog') return !isDecimal(metadata.type);
  return fold !== 'sum' || greatestSum(metadata, source.rowCount) < 2n ** 63n;
}

/** What a sum of integers cannot exceed, its sign aside; 0 for floats, whose sums go by rounding. */
export function greatestSum(
  { type, min, max }: SourceColumn['metadata'],
  rowCount: number,
): bigint {
  if (isFloat(type)) return 0n;
  const size = (value: Value): bigint => {
    const integer = BigInt(value ?? 0);
    return integer < 0n ? -integer : integer;
  };
  return (size(min) + size(max)) * BigInt(rowCount);
}

/** The values of a column, as doubles where their sums are exact in those. */
function summands(column: SourceColumn, rowCount: number): Float64Array | BigInt64Array {
  const { metadata } = column;
  const isWide = greatestSum(metadata, rowCount) > BigInt(Number.MAX_SAFE_INTEGER);
  const { encoding } = metadata;
  const coded = sourceCodes(column);
  if (coded === null) return inWidth(sourceValues(column)!, isWide);
  const { codes } = coded;
  if (encoding.kind === 'affine') {
    const { base, scale } = encoding;
    if (isWide) return BigInt64Array.from(codes, (code) => base + BigInt(code) * scale);
    const [first, step] = [Number(base), Number(scale)];
    return Float64Array.from(codes, (code) => first + code * step);
  }
  const table = inWidth(sourceDictionary(column)!, isWide);
  return table instanceof BigInt64Array
    ? BigInt64Array.from(codes, (code) => table[code]!)
    : Float64Array.from(codes, (code) => table[code]!);
}

function inWidth(
  values: NonNullable<ReturnType<typeof sourceValues>>,
  isWide: boolean,
): Float64Array | BigInt64Array {
  if (values instanceof BigInt64Array) return isWide ? values : Float64Array.from(values, Number);
  return isWide ? BigInt64Array.from(values, BigInt) : Float64Array.from(values);
}
