import { indexName } from '../base/index-config.ts';
import { greatestSum } from '../segment/indexes/star-tree.ts';
import {
  codesRole,
  metricRole,
  type StarTreeShape,
  sketchesRole,
  starTreeShape,
} from '../segment/indexes/star-tree-shape.ts';
import type { ColumnMetadata, SegmentIndex, SegmentMetadata } from '../segment/metadata.ts';
import { collectColumns } from '../sql/expression-tools.ts';
import { mayUse } from '../sql/index-use.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { argumentsOfRecords, isOverDimensions, type StarTreeFacts } from '../sql/star-tree-use.ts';
import {
  type AggregateStates,
  aggregateStates,
  type StateSpecification,
} from './aggregate-states.ts';
import { planForSegment, statesForSegment } from './segment-plan.ts';
import { type ColumnView, type PinnedBuffers, rowsView, type SegmentView } from './segment-view.ts';

/** A star-tree that answers a plan in a segment. */
export interface StarTreeChoice {
  /** Its place among the segment's indexes. */
  readonly place: number;
  /** The segment's columns whose codes the answer needs to understand. */
  readonly columns: readonly ColumnMetadata[];
}

/** The star-tree of a segment that answers a plan with the fewest records; null when none does. */
export function chooseStarTree(
  plan: LeafPlan,
  metadata: SegmentMetadata,
  hostName: string,
): StarTreeChoice | null {
  const { indexUse } = plan;
  if (plan.kind !== 'aggregate' || !indexUse.starTree) return null;
  const trees = metadata.indexes.filter(
    (index) => index.kind === 'startree' && mayUse(indexUse, index),
  );
  if (trees.length === 0) return null;
  const own = planForSegment(plan, metadata, hostName);
  if (own.kind !== 'aggregate') return null;
  const states = statesForSegment(aggregateStates(plan.aggregates), plan, metadata, hostName);
  let best: (StarTreeChoice & { readonly recordCount: number }) | null = null;
  for (const index of trees) {
    const shape = shapeOf(index, metadata);
    const { recordCount } = shape;
    if (best !== null && best.recordCount <= recordCount) continue;
    const outside = [own.filter, ...own.keys];
    const gathered = starTreeStates(states, metadata, shape);
    if (gathered === null || !isOverDimensions(outside, factsOf(metadata, shape))) continue;
    const used = new Set<string>();
    const inside = gathered.specifications.flatMap(({ args, filter }) => [...args, filter]);
    for (const expression of [...outside, ...inside]) collectColumns(expression, used);
    const columns = [
      ...shape.dimensions.filter(({ name }) => used.has(name)),
      ...shape.metrics.flatMap(({ source, column }) =>
        used.has(column.name) && column.encoding.kind !== 'raw' ? [source] : [],
      ),
    ];
    const place = metadata.indexes.indexOf(index);
    best = { place, columns: [...new Set(columns)], recordCount };
  }
  return best;
}

/** States over the records of a star-tree that are those over the rows; null when it has not all of them. */
export function starTreeStates(
  states: AggregateStates,
  metadata: SegmentMetadata,
  shape: StarTreeShape,
): AggregateStates | null {
  const facts = factsOf(metadata, shape);
  const specifications: StateSpecification[] = [];
  for (const specification of states.specifications) {
    const args = argumentsOfRecords(specification, facts);
    if (args === null) return null;
    specifications.push({ ...specification, args });
  }
  return { ...states, specifications };
}

/** Kept, so that what is known of a metric's dictionary is found again. */
const shapes = new WeakMap<SegmentIndex, StarTreeShape>();

function shapeOf(index: SegmentIndex, { columns }: SegmentMetadata): StarTreeShape {
  const known = shapes.get(index) ?? starTreeShape(index, columns);
  shapes.set(index, known);
  return known;
}

function factsOf(
  { columns, rowCount }: SegmentMetadata,
  { dimensions, metrics }: StarTreeShape,
): StarTreeFacts {
  return {
    dimensions: new Set(dimensions.map(({ name }) => name)),
    metrics: new Set(metrics.map(({ column }) => column.name)),
    isNeverNull: (name) => columns.some((one) => one.name === name && one.nullCount === 0),
    greatestSum: (name) => {
      const column = columns.find((one) => one.name === name);
      return column === undefined ? 0n : greatestSum(column, rowCount);
    },
  };
}

/** A view of a segment whose buffers were placed by the engine: of its rows, or of a star-tree's records. */
export function segmentView(metadata: SegmentMetadata, buffers: PinnedBuffers): SegmentView {
  const { starTree: place } = buffers;
  if (place === null) return rowsView(metadata, buffers);
  const index = metadata.indexes[place]!;
  const addresses = buffers.indexes[place]!;
  const shape = shapeOf(index, metadata);
  const columns = new Map<string, ColumnView>();
  shape.dimensions.forEach((column, at) => {
    const codes = addresses[codesRole(at)]!;
    columns.set(column.name, {
      metadata: column,
      addresses: { ...buffers.columns[column.name], codes },
    });
  });
  const sketches = new Map<string, number>();
  shape.metrics.forEach(({ source, column, isSketch }, at) => {
    if (isSketch) sketches.set(column.name, addresses[sketchesRole(at)]!);
    const role = column.encoding.kind === 'raw' ? 'values' : 'codes';
    columns.set(column.name, {
      metadata: column,
      addresses: { ...buffers.columns[source.name], [role]: addresses[metricRole(at)]! },
    });
  });
  return {
    metadata: { ...metadata, rowCount: shape.recordCount, indexes: [] },
    columns,
    indexes: [],
    starTree: {
      name: indexName(index),
      shape,
      rowCount: metadata.rowCount,
      nodes: addresses.nodes!,
      counts: addresses.counts!,
      sketches,
    },
  };
}
