import { EngineError } from '../../base/errors.ts';

/*
 * Sets of row numbers in the portable format of Roaring bitmaps (RoaringFormatSpec, version 1.0),
 * little-endian. A container holds the rows of 64 Ki that share their upper 16 bits, the key; this is
 * exactly a batch of the engine.
 *
 *            ┌──────────────────────────┬────────────────┐
 *   no runs  │ 12346 u32                │ containers u32 │
 *   runs     │ 12347 u16, containers−1 u16, one bit a container: is it runs? (whole bytes) │
 *            ├──────────────────────────┴────────────────┤
 *   then     │ per container: key u16, cardinality−1 u16 │
 *            │ per container: offset u32 from the start  │   left out with runs and fewer than 4
 *            ├───────────────────────────────────────────┤
 *   array    │ low 16 bits u16 × cardinality, ascending  │   up to 4,096 of them
 *   bitmap   │ 65,536 bits, least significant first      │   more
 *   runs     │ count u16, then first u16 and length−1 u16│   where that is shorter
 *            └───────────────────────────────────────────┘
 */

const COOKIE_WITHOUT_RUNS = 12_346;
const COOKIE_WITH_RUNS = 12_347;
const ARRAY_CARDINALITY_MAX = 4_096;
const BITMAP_BYTES = 8_192;
/** With runs, offsets are stored from this many containers on. */
const OFFSET_CONTAINERS_MIN = 4;

/** A container of a stored set. */
export interface RoaringContainer {
  readonly kind: 'array' | 'bitmap' | 'runs';
  /** Upper 16 bits of its rows: the number of a batch. */
  readonly key: number;
  /** Rows in it. */
  readonly cardinality: number;
  /** Elements from `offset` on: values of an array, words of a bitmap, runs. */
  readonly count: number;
  /** Where they start, in the bytes that were read. */
  readonly offset: number;
}

/**
 * Writes a set.
 *
 * @param rows ascending, each once.
 */
export function encodeRoaring(rows: Uint32Array): Uint8Array {
  const containers: Uint32Array[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    while (end < rows.length && rows[end]! >>> 16 === rows[start]! >>> 16) end++;
    containers.push(rows.subarray(start, end));
    start = end;
  }
  const bodies = containers.map(encodeContainer);
  const hasRuns = bodies.some(({ isRuns }) => isRuns);
  const { length } = containers;
  const cookieBytes = hasRuns ? 4 + Math.ceil(length / 8) : 8;
  const hasOffsets = !hasRuns || length >= OFFSET_CONTAINERS_MIN;
  let offset = cookieBytes + length * (hasOffsets ? 8 : 4);
  const bytes = new Uint8Array(bodies.reduce((sum, { body }) => sum + body.length, offset));
  const view = new DataView(bytes.buffer);
  if (hasRuns) {
    view.setUint32(0, COOKIE_WITH_RUNS | ((length - 1) << 16), true);
    bodies.forEach(({ isRuns }, index) => {
      if (isRuns) bytes[4 + (index >> 3)]! |= 1 << (index & 7);
    });
  } else {
    view.setUint32(0, COOKIE_WITHOUT_RUNS, true);
    view.setUint32(4, length, true);
  }
  bodies.forEach(({ body }, index) => {
    const container = containers[index]!;
    view.setUint16(cookieBytes + 4 * index, container[0]! >>> 16, true);
    view.setUint16(cookieBytes + 4 * index + 2, container.length - 1, true);
    if (hasOffsets) view.setUint32(cookieBytes + 4 * length + 4 * index, offset, true);
    bytes.set(body, offset);
    offset += body.length;
  });
  return bytes;
}

function encodeContainer(rows: Uint32Array): {
  readonly isRuns: boolean;
  readonly body: Uint8Array;
} {
  let runCount = 1;
  for (let at = 1; at < rows.length; at++) if (rows[at]! !== rows[at - 1]! + 1) runCount++;
  const isArray = rows.length <= ARRAY_CARDINALITY_MAX;
  if (2 + 4 * runCount < (isArray ? 2 * rows.length : BITMAP_BYTES)) {
    return { isRuns: true, body: encodeRuns(rows, runCount) };
  }
  if (isArray) return { isRuns: false, body: new Uint8Array(Uint16Array.from(rows).buffer) };
  const body = new Uint8Array(BITMAP_BYTES);
  for (const row of rows) body[(row & 0xffff) >> 3]! |= 1 << (row & 7);
  return { isRuns: false, body };
}

function encodeRuns(rows: Uint32Array, runCount: number): Uint8Array {
  const words = new Uint16Array(1 + 2 * runCount);
  words[0] = runCount;
  let next = 1;
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    while (end < rows.length && rows[end]! === rows[end - 1]! + 1) end++;
    words[next++] = rows[start]!;
    words[next++] = end - start - 1;
    start = end;
  }
  return new Uint8Array(words.buffer);
}

/**
 * Lists the containers of a stored set, in the order of their keys.
 *
 * @param bytes holds the set from `start` to `end`; may be linear memory.
 * @throws EngineError CORRUPT_DATA when it is not such a set, or reaches beyond its end.
 */
export function roaringContainers(
  bytes: Uint8Array,
  start: number,
  end: number,
): RoaringContainer[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  try {
    return readContainers(view, start);
  } catch (error) {
    if (error instanceof RangeError) throw corrupt('the end of its buffer');
    throw error;
  }
}

function readContainers(view: DataView, start: number): RoaringContainer[] {
  const cookie = view.getUint32(0, true);
  const hasRuns = (cookie & 0xffff) === COOKIE_WITH_RUNS;
  if (!hasRuns && cookie !== COOKIE_WITHOUT_RUNS) throw corrupt(`the cookie ${cookie}`);
  const length = hasRuns ? (cookie >>> 16) + 1 : view.getUint32(4, true);
  if (length > 0x1_0000) throw corrupt(`${length} containers`);
  const headers = hasRuns ? 4 + Math.ceil(length / 8) : 8;
  const hasOffsets = !hasRuns || length >= OFFSET_CONTAINERS_MIN;
  let offset = headers + length * (hasOffsets ? 8 : 4);
  return Array.from({ length }, (_, index): RoaringContainer => {
    const key = view.getUint16(headers + 4 * index, true);
    const cardinality = view.getUint16(headers + 4 * index + 2, true) + 1;
    const isRuns = hasRuns && (view.getUint8(4 + (index >> 3)) & (1 << (index & 7))) !== 0;
    const at = offset + (isRuns ? 2 : 0);
    const kind = isRuns ? 'runs' : cardinality > ARRAY_CARDINALITY_MAX ? 'bitmap' : 'array';
    const count = isRuns
      ? view.getUint16(offset, true)
      : kind === 'array'
        ? cardinality
        : BITMAP_BYTES / 8;
    offset = at + count * ELEMENT_BYTES[kind];
    if (offset > view.byteLength) throw corrupt('the end of its buffer');
    return { kind, key, cardinality, count, offset: start + at };
  });
}

const ELEMENT_BYTES = { array: 2, bitmap: 8, runs: 4 } as const;

function corrupt(found: string): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `segment: an index: expected a Roaring bitmap, found ${found}; reload the segment`,
  );
}
