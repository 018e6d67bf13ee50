import { EngineError } from '../base/errors.ts';
import { sortTexts } from '../base/text-order.ts';
import type { DecimalType, TextType } from '../base/types.ts';
import {
  bytesOf,
  codesBuffer,
  codeWidthBytes,
  countNulls,
  type EncodedBuffer,
  type EncodedColumn,
  nullsBuffers,
} from './encoded-column.ts';
import { textLengthBytes, textWriter } from './text-bytes.ts';
import { codeZones } from './zones.ts';

const TEXT_BYTES_MAX = 2 ** 32 - 1;

/**
 * Encodes texts: always a dictionary, in the order of Unicode code points. A column without a value
 * has a dictionary of the one entry '', so that the codes of its NULL rows are valid.
 *
 * @param ids one a row, indexes into `texts`; NULL rows hold anything.
 * @param texts well-formed, distinct, all used.
 * @param nulls one byte a row, or null when no row is NULL.
 * @throws EngineError NOT_SUPPORTED when the dictionary takes more than 4 GiB.
 */
export function encodeTexts(
  type: TextType | DecimalType,
  ids: Uint32Array,
  texts: readonly string[],
  nulls: Uint8Array | null,
): EncodedColumn {
  const sorted = sortTexts([...texts]);
  const rankOf = new Map(sorted.map((text, rank) => [text, rank]));
  const ranks = Uint32Array.from(texts, (text) => rankOf.get(text)!);
  const codes = new Uint32Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    if (nulls === null || nulls[row] === 0) codes[row] = ranks[ids[row]!]!;
  }
  const entries = sorted.length === 0 ? [''] : sorted;
  const codeBytes = codeWidthBytes(entries.length);
  return {
    encoding: { kind: 'dictionary', codeBytes, cardinality: entries.length },
    nullCount: countNulls(nulls),
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    buffers: [
      codesBuffer(codes, codeBytes),
      ...nullsBuffers(nulls),
      ...dictionaryBuffers(type, entries),
      codeZones(codes, nulls),
    ],
  };
}

function dictionaryBuffers(
  type: TextType | DecimalType,
  entries: readonly string[],
): EncodedBuffer[] {
  let totalBytes = 0;
  const offsets = new Uint32Array(entries.length + 1);
  for (let index = 0; index < entries.length; index++) {
    totalBytes += textLengthBytes(type, entries[index]!);
    if (totalBytes > TEXT_BYTES_MAX) {
      throw new EngineError(
        'NOT_SUPPORTED',
        `segment: a column's distinct texts take more than ${TEXT_BYTES_MAX} bytes; ` +
          'put fewer rows into a segment',
      );
    }
    offsets[index + 1] = totalBytes;
  }
  const bytes = new Uint8Array(totalBytes);
  const write = textWriter(type);
  entries.forEach((text, index) => {
    write(text, bytes.subarray(offsets[index]!));
  });
  return [
    { role: 'dictionaryOffsets', bytes: bytesOf(offsets) },
    { role: 'dictionaryBytes', bytes },
  ];
}
