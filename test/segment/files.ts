import type { BuildConfig } from '../../src/base/index-config.ts';
import type { ColumnSchema } from '../../src/base/types.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import type { ColumnChunk } from '../../src/segment/column-chunk.ts';
import type { BuiltSegment } from '../../src/segment/file-parts.ts';

/** Builds a segment from whole columns. */
export function buildSegment(
  name: string,
  columns: readonly (ColumnSchema & { readonly chunk: ColumnChunk })[],
  config?: Partial<BuildConfig>,
): BuiltSegment {
  const schema = { name: 'test', columns: columns.map(({ name, type }) => ({ name, type })) };
  const builder = new SegmentBuilder(schema, config);
  builder.append(columns.map(({ chunk }) => chunk));
  return builder.build(name, 1_700_000_000_000);
}

/** The segment's file in one piece. */
export function fileOf({ parts, lengthBytes }: BuiltSegment): Uint8Array {
  const file = new Uint8Array(lengthBytes);
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  if (offset !== lengthBytes) throw new Error(`parts have ${offset} of ${lengthBytes} bytes`);
  return file;
}
