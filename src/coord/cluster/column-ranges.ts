import { RECORD_RANGE_TEXT_BYTES_MAX, RECORD_RANGES_BYTES_MAX } from '../../base/serving-limits.ts';
import { isPrunerType } from '../../base/table-query-config.ts';
import type { DataType, TableSchema, Value } from '../../base/types.ts';
import { statisticFromJson, statisticToJson } from '../../segment/footer.ts';
import type { SegmentMetadata } from '../../segment/metadata.ts';
import type { ColumnRanges } from './segment-nodes.ts';

/** No value of a column is less or greater, NULL and NaN aside; both null when there is no other. */
export interface ColumnRange {
  readonly min: Value;
  readonly max: Value;
}

/**
 * What a segment's record says of the values of some columns: as much as there is room for, the first
 * columns first. Of long texts it has beginnings between which they are.
 *
 * @param names columns; those that a segment has not, or has of another type, are left out.
 */
export function columnRanges(
  { columns }: Pick<SegmentMetadata, 'columns'>,
  schema: TableSchema,
  names: readonly string[],
): { readonly ranges?: ColumnRanges } {
  const ranges: [string, ColumnRanges[string]][] = [];
  let bytes = 0;
  for (const name of names) {
    const type = schema.columns.find((column) => column.name === name)?.type;
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined || column.type !== type || !isPrunerType(type)) continue;
    const min = type === 'STRING' ? textFrom(column.min) : column.min;
    const max = type === 'STRING' ? textUpTo(column.max) : column.max;
    if (max === undefined) continue;
    const range = [statisticToJson(min), statisticToJson(max)] as const;
    const entryBytes = encoder.encode(JSON.stringify({ [name]: range })).length;
    if (bytes + entryBytes > RECORD_RANGES_BYTES_MAX) continue;
    bytes += entryBytes;
    ranges.push([name, range]);
  }
  return ranges.length === 0 ? {} : { ranges: Object.fromEntries(ranges) };
}

/** What a record says of a column's values; null for nothing that can be read. */
export function columnRange(
  ranges: ColumnRanges | undefined,
  name: string,
  type: DataType,
): ColumnRange | null {
  if (ranges === undefined || !Object.hasOwn(ranges, name) || !isPrunerType(type)) return null;
  const [first, last] = ranges[name]!;
  const min = statisticFromJson(type, first);
  const max = statisticFromJson(type, last);
  return min === undefined || max === undefined ? null : { min, max };
}

const encoder = new TextEncoder();

/** A text that is not greater, and short: its beginning. */
function textFrom(text: Value): Value {
  return typeof text === 'string' ? beginningOf(text) : text;
}

/**
 * A text that is not less, and short: what comes after all texts of its beginning, as the last code point
 * of that is raised. Undefined when there is none.
 */
function textUpTo(text: Value): Value | undefined {
  if (typeof text !== 'string') return text;
  const beginning = beginningOf(text);
  if (beginning === text) return text;
  const points = Array.from(beginning, (character) => character.codePointAt(0)!);
  while (points.at(-1) === CODE_POINT_MAX) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last + 1 === SURROGATES_START ? SURROGATES_END : last + 1);
}

/** As many whole characters as there is room for. */
function beginningOf(text: string): string {
  const room = new Uint8Array(RECORD_RANGE_TEXT_BYTES_MAX);
  return text.slice(0, encoder.encodeInto(text, room).read);
}

const CODE_POINT_MAX = 0x10_ffff;
const SURROGATES_START = 0xd800;
const SURROGATES_END = 0xe000;
