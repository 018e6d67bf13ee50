import { assert } from '../base/assert.ts';
import type { IndexKind } from '../base/index-config.ts';
import { sequence } from '../base/sequence.ts';
import { isText, physicalType } from '../base/types.ts';
import type { CodeWidth } from '../kernels/exports.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import type { StarTreeShape } from '../segment/indexes/star-tree-shape.ts';
import { rawWidthBytes } from '../segment/layout.ts';
import {
  type BufferRole,
  type ColumnMetadata,
  isCoded,
  type SegmentIndex,
  type SegmentMetadata,
  textEntryType,
} from '../segment/metadata.ts';
import type { Expression } from '../sql/expression.ts';
import { collectColumns } from '../sql/expression-tools.ts';
import type { OrdinalDictionary } from './ordinals.ts';
import { SegmentDictionary } from './segment-dictionary.ts';
import type { Vector } from './vector.ts';
import { newFlatData, setFlat } from './vector-build.ts';

/** Addresses of one column's buffers in an arena. */
export type ColumnAddresses = Readonly<Partial<Record<BufferRole, number>>>;

/** Addresses of one index's buffers in an arena, by role. */
export type IndexAddresses = Readonly<Record<string, number>>;

/** Where a segment's pinned buffers lie in its arena. */
export interface PinnedBuffers {
  /** By column name. */
  readonly columns: Readonly<Record<string, ColumnAddresses>>;
  /** By the index's place in the metadata; only those that the plan may use. */
  readonly indexes: Readonly<Record<number, IndexAddresses>>;
  /** The place in the metadata of the star-tree whose records are used and not rows; null for rows. */
  readonly starTree: number | null;
}

/** A segment whose needed buffers lie in linear memory, pinned for as long as the view is used. */
export interface SegmentView {
  readonly metadata: SegmentMetadata;
  readonly columns: ReadonlyMap<string, ColumnView>;
  /** The indexes that the plan may use. */
  readonly indexes: readonly IndexView[];
  /** Rows that a query is likely to read at most (default: all). */
  readonly expectedRows?: number;
  /** When the rows are the records of a star-tree: `metadata.rowCount` of them. */
  readonly starTree?: StarTreeView;
}

/** A star-tree in linear memory. */
export interface StarTreeView {
  /** As `indexName` has it. */
  readonly name: string;
  readonly shape: StarTreeShape;
  /** Rows of the segment, for which the records stand. */
  readonly rowCount: number;
  /** Address of its nodes; see segment/indexes/star-tree.ts. */
  readonly nodes: number;
  /** Address of a u32 a record: the rows that it stands for. */
  readonly counts: number;
  /** Addresses of the sketches of metrics, by the metric's name. */
  readonly sketches: ReadonlyMap<string, number>;
}

/** One index in linear memory. */
export interface IndexView {
  readonly metadata: SegmentIndex;
  readonly addresses: IndexAddresses;
}

/** A view of a segment's rows, whose buffers were placed by the engine. */
export function rowsView(
  metadata: SegmentMetadata,
  { columns, indexes }: PinnedBuffers,
): SegmentView {
  const views = new Map<string, ColumnView>();
  for (const column of metadata.columns) {
    const addresses = columns[column.name];
    if (addresses === undefined) continue;
    const view = columnView(column, addresses);
    const { elements } = column;
    const elementAddresses = elements && columns[elements.name];
    if (elements === undefined || elementAddresses === undefined) views.set(column.name, view);
    else views.set(column.name, { ...view, elements: columnView(elements, elementAddresses) });
  }
  const indexViews = metadata.indexes.flatMap((index, at): IndexView[] => {
    const addresses = indexes[at];
    return addresses === undefined ? [] : [{ metadata: index, addresses }];
  });
  return { metadata, columns: views, indexes: indexViews };
}

/** The view of a column where it lies now: the same for all queries, with what is known of it. */
function columnView(metadata: ColumnMetadata, addresses: ColumnAddresses): ColumnView {
  let view = columnViews.get(addresses);
  if (view === undefined) {
    view = { metadata, addresses };
    columnViews.set(addresses, view);
  }
  return view;
}

const columnViews = new WeakMap<ColumnAddresses, ColumnView>();

/** The index of a kind over one column, or null when there is none or the plan may not use it. */
export function findIndex(segment: SegmentView, kind: IndexKind, column: string): IndexView | null {
  const found = segment.indexes.find(
    ({ metadata }) => metadata.kind === kind && metadata.columns[0] === column,
  );
  return found ?? null;
}

/** One column in linear memory. */
export interface ColumnView {
  readonly metadata: ColumnMetadata;
  readonly addresses: ColumnAddresses;
  /** Of arrays. */
  readonly elements?: ColumnView;
  /** How the texts of several segments are numbered together, where they are. */
  readonly ordinals?: ColumnOrdinals;
}

/** A text column's part in a numbering of several segments' texts; see ordinals.ts. */
export interface ColumnOrdinals {
  /** Address of the ordinal of each code, u32. */
  readonly table: number;
  readonly dictionary: OrdinalDictionary;
}

/** A column that stores codes. */
export interface CodedColumnView extends ColumnView {
  readonly width: CodeWidth;
  readonly codeBytes: 1 | 2 | 4;
  /** Address of the first row's code. */
  readonly codes: number;
  /** Codes are below it. */
  readonly codeCount: number;
}

/** The view of a column as codes, or null when its rows are raw values. */
export function codedView(column: ColumnView): CodedColumnView | null {
  const { metadata, addresses, ordinals } = column;
  const { encoding } = metadata;
  if (!isCoded(encoding)) return null;
  let view = codedViews.get(column);
  if (view === undefined) {
    view = {
      metadata,
      addresses,
      ...(ordinals !== undefined && { ordinals }),
      width: CODE_WIDTHS[encoding.codeBytes],
      codeBytes: encoding.codeBytes,
      codes: bufferAddress(column, 'codes'),
      codeCount: encoding.kind === 'dictionary' ? encoding.cardinality : encoding.codeCount,
    };
    codedViews.set(column, view);
  }
  return view;
}

/** Asked for once a batch. */
const codedViews = new WeakMap<ColumnView, CodedColumnView>();

const CODE_WIDTHS = { 1: 'U8', 2: 'U16', 4: 'U32' } as const;

/** Bytes of a row in the columns that expressions read, each column once; NULL flags aside. */
export function rowBytes(
  expressions: readonly (Expression | null)[],
  segment: SegmentView,
): number {
  const names = new Set<string>();
  for (const expression of expressions) collectColumns(expression, names);
  let bytes = 0;
  for (const name of names) bytes += rowWidthBytes(segment.columns.get(name)!.metadata);
  return bytes;
}

/** Bytes of a row's code, or of its value where the column has no codes; of an array of its offset. */
export function rowWidthBytes({ encoding, type }: ColumnMetadata): number {
  if (isCoded(encoding)) return encoding.codeBytes;
  if (encoding.kind === 'array') return 4;
  assert(!isText(type), 'text has codes');
  return rawWidthBytes(type);
}

/** The address of a buffer that the column must have. */
export function bufferAddress(column: ColumnView, role: BufferRole): number {
  const address = column.addresses[role];
  assert(address !== undefined, () => `column ${column.metadata.name} has a ${role} buffer`);
  return address;
}

/**
 * The values of codes, as a vector on the JavaScript heap.
 *
 * @param codes any codes below `codeCount`, in any order.
 */
export function decodeCodes(
  kernels: KernelInstance,
  column: CodedColumnView,
  codes: Uint32Array,
): Vector {
  const { type, encoding } = column.metadata;
  const entryType = textEntryType(column.metadata);
  if (entryType !== null) {
    const dictionary = dictionaryText(kernels, column);
    return { kind: 'text', type: entryType, codes, dictionary, nulls: null };
  }
  assert(!isText(type), 'text has entries of text');
  const { length } = codes;
  if (encoding.kind === 'dictionary') {
    const values = fixedWidthValues(kernels, column, 'dictionaryValues', encoding.cardinality);
    const data = newFlatData(type, length);
    for (let row = 0; row < length; row++) setFlat(data, row, values[codes[row]!]!);
    return { kind: 'flat', type, data, nulls: null };
  }
  assert(encoding.kind === 'affine', 'a coded column is a dictionary or affine');
  const data = newFlatData(type, length);
  if (data instanceof BigInt64Array) {
    const { base, scale } = encoding;
    for (let row = 0; row < length; row++) data[row] = base + BigInt(codes[row]!) * scale;
  } else {
    const base = Number(encoding.base);
    const scale = Number(encoding.scale);
    for (let row = 0; row < length; row++) data[row] = base + codes[row]! * scale;
  }
  return { kind: 'flat', type, data, nulls: null };
}

/** All values of a coded column's code space, in code order. */
export function decodeDomain(kernels: KernelInstance, column: CodedColumnView): Vector {
  return decodeCodes(kernels, column, sequence(column.codeCount));
}

/**
 * `rowCount` raw values from a buffer as a typed array over linear memory. FLOAT comes as
 * Float32Array: callers that need a FLOAT vector convert it.
 */
export function fixedWidthValues(
  kernels: KernelInstance,
  column: ColumnView,
  role: 'values' | 'dictionaryValues',
  rowCount: number,
): Int32Array | BigInt64Array | Float32Array | Float64Array {
  const address = bufferAddress(column, role);
  const { buffer } = kernels.memory;
  switch (physicalType(column.metadata.type)) {
    case 'i32':
      return new Int32Array(buffer, address, rowCount);
    case 'i64':
      return new BigInt64Array(buffer, address, rowCount);
    case 'f32':
      return new Float32Array(buffer, address, rowCount);
    case 'f64':
      return new Float64Array(buffer, address, rowCount);
    default:
      throw new Error(`${column.metadata.type} has no fixed-width values`);
  }
}

/** The entries of a column of text, by code. */
export function dictionaryText(
  kernels: KernelInstance,
  { metadata, addresses, codeCount }: CodedColumnView,
): SegmentDictionary {
  return SegmentDictionary.of(kernels, metadata, addresses, codeCount);
}
