import { EngineError } from '../../base/errors.ts';
import { type IndexConfig, indexName } from '../../base/index-config.ts';
import { SEGMENT_ROWS_MAX } from '../../base/limits.ts';
import type { PlainJson } from '../../base/plain-json.ts';
import { isSketch, metricName, type StarTreeMetric } from '../../base/star-tree-config.ts';
import { isFloat } from '../../base/types.ts';
import type { ColumnMetadata } from '../metadata.ts';

/** Bytes of a node; see star-tree.ts. */
export const NODE_BYTES = 24;

/** What a segment's star-tree consists of. */
export interface StarTreeShape {
  readonly nodeCount: number;
  readonly recordCount: number;
  /** In the order in which the tree splits by them, encoded as in the segment. */
  readonly dimensions: readonly ColumnMetadata[];
  readonly metrics: readonly MetricShape[];
}

/** A metric of a star-tree's records. */
export interface MetricShape {
  /** The column of the segment that it was gathered from. */
  readonly source: ColumnMetadata;
  /**
   * Named as `metricName` does. Sums are plain BIGINT or DOUBLE; least and greatest values are encoded
   * as in the segment; of sketches it is a BIGINT: where one begins, and its bytes times 2^32.
   */
  readonly column: ColumnMetadata;
  readonly isSketch: boolean;
}

/** The role of the buffer of a dimension's codes. */
export function codesRole(dimension: number): string {
  return `codes${dimension}`;
}

/** The role of the buffer of a metric. */
export function metricRole(metric: number): string {
  return `metric${metric}`;
}

/** The role of the buffer of the sketches of a metric. */
export function sketchesRole(metric: number): string {
  return `sketches${metric}`;
}

/**
 * What the parameters of a star-tree in a segment's footer say.
 *
 * @param columns of the segment.
 * @throws EngineError CORRUPT_DATA when they say what cannot be.
 */
export function starTreeShape(
  index: Pick<IndexConfig, 'kind' | 'columns' | 'parameters'>,
  columns: readonly ColumnMetadata[],
): StarTreeShape {
  const { nodeCount, recordCount, dimensions, metrics } = index.parameters;
  const column = (json: PlainJson, what: string): ColumnMetadata => {
    const found = columns.find(({ name }) => name === json);
    if (found !== undefined && found.nullCount === 0) return found;
    throw mismatch(index, `${what} among the segment's columns without NULL`, json);
  };
  return {
    nodeCount: countOf(index, 'nodeCount', nodeCount),
    recordCount: countOf(index, 'recordCount', recordCount),
    dimensions: listOf(index, 'dimensions', dimensions).map((json) => {
      const found = column(json, 'a dimension');
      if (found.encoding.kind !== 'raw') return found;
      throw mismatch(index, 'a dimension with codes', json);
    }),
    metrics: listOf(index, 'metrics', metrics).map((json) => {
      const [name, of, ...sizes] = Array.isArray(json) ? (json as readonly PlainJson[]) : [];
      if (!METRICS.some((one) => one === name)) {
        throw mismatch(index, `a metric of ${METRICS.join(', ')}`, json);
      }
      const own = name as StarTreeMetric['function'];
      const source = column(of ?? null, 'a metric');
      const metric = { function: own, column: source.name, sizes: sizes.map(Number) };
      return { source, column: metricColumn(metric, source), isSketch: isSketch(own) };
    }),
  };
}

const METRICS: readonly StarTreeMetric['function'][] = [
  ...(['sum', 'min', 'max', 'hyperloglog', 'tdigest', 'kll'] as const),
];

function metricColumn(metric: StarTreeMetric, source: ColumnMetadata): ColumnMetadata {
  const column = { ...source, name: metricName(metric) };
  const { function: name } = metric;
  if (name === 'min' || name === 'max') return column;
  // Nobody knows the least and greatest sum.
  const facts = { encoding: { kind: 'raw' }, min: null, max: null } as const;
  const isDouble = name === 'sum' && isFloat(source.type);
  return { ...column, ...facts, type: isDouble ? 'DOUBLE' : 'BIGINT' };
}

type Named = Pick<IndexConfig, 'kind' | 'columns'>;

function countOf(index: Named, name: string, json: PlainJson | undefined): number {
  if (Number.isSafeInteger(json) && Number(json) >= 1 && Number(json) <= SEGMENT_ROWS_MAX) {
    return Number(json);
  }
  throw mismatch(index, `${name} from 1 to ${SEGMENT_ROWS_MAX}`, json);
}

function listOf(index: Named, name: string, json: PlainJson | undefined): readonly PlainJson[] {
  if (Array.isArray(json)) return json;
  throw mismatch(index, `a list of ${name}`, json);
}

function mismatch(index: Named, expected: string, found: PlainJson | undefined): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `segment: index ${indexName(index)}: expected ${expected}, found ` +
      `${JSON.stringify(found) ?? 'nothing'}; fetch the segment again or reload it`,
  );
}
