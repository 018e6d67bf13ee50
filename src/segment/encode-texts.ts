import { EngineError } from '../base/errors.ts';
import {
  bytesOf,
  codesBuffer,
  codeWidthBytes,
  countNulls,
  type EncodedBuffer,
  type EncodedColumn,
  nullsBuffers,
} from './encoded-column.ts';
import type { EntryType } from './metadata.ts';
import { arrangeBytes, type ByteStrings, sortBytes } from './sort-bytes.ts';
import { textLengthBytes, textWriter } from './text-bytes.ts';
import { codeZones } from './zones.ts';

const TEXT_BYTES_MAX = 2 ** 32 - 1;
/** Characters that are encoded together: enough to make little of a call, and a text at least. */
const PIECE_CHARACTERS = 8192;
const FIRST_BYTES = 4096;

/**
 * Encodes texts: always a dictionary, in the order of their stored bytes, which is that of Unicode code
 * points, of BYTES or of wide decimals. A column without a value has a dictionary of the one entry '',
 * so that the codes of its NULL rows are valid.
 *
 * @param ids one a row, indexes into `texts`; NULL rows hold anything.
 * @param texts well-formed, distinct, all used.
 * @param nulls one byte a row, or null when no row is NULL.
 * @throws EngineError NOT_SUPPORTED when the dictionary takes more than 4 GiB.
 */
export function encodeTexts(
  type: EntryType,
  ids: Uint32Array,
  texts: readonly string[],
  nulls: Uint8Array | null,
): EncodedColumn {
  const dictionary = storedTexts(type, texts);
  const order = sortBytes(dictionary);
  const ranks = new Uint32Array(order.length);
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank]!] = rank;
  const codes = new Uint32Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    if (nulls === null || nulls[row] === 0) codes[row] = ranks[ids[row]!]!;
  }
  const cardinality = Math.max(1, texts.length);
  const codeBytes = codeWidthBytes(cardinality);
  return {
    encoding: { kind: 'dictionary', codeBytes, cardinality },
    nullCount: countNulls(nulls),
    min: texts[order[0]!] ?? null,
    max: texts[order.at(-1)!] ?? null,
    buffers: [
      codesBuffer(codes, codeBytes),
      ...nullsBuffers(nulls),
      ...dictionaryBuffers(arrangeBytes(dictionary, order)),
      codeZones(codes, nulls),
    ],
  };
}

function dictionaryBuffers({ bytes, offsets }: ByteStrings): EncodedBuffer[] {
  const entryOffsets = offsets.length === 1 ? new Uint32Array(2) : offsets;
  return [
    { role: 'dictionaryOffsets', bytes: bytesOf(entryOffsets) },
    { role: 'dictionaryBytes', bytes },
  ];
}

/** The texts as they are stored. Pieces of one byte a character need no count of each text's bytes. */
function storedTexts(type: EntryType, texts: readonly string[]): ByteStrings {
  const offsets = new Uint32Array(texts.length + 1);
  const write = textWriter(type);
  let bytes = new Uint8Array(FIRST_BYTES);
  let end = 0;
  for (let first = 0, last = 0; first < texts.length; first = last) {
    let characters = 0;
    while (last < texts.length && characters < PIECE_CHARACTERS)
      characters += texts[last++]!.length;
    const piece = texts.slice(first, last).join('');
    bytes = withRoom(bytes, end, 3 * piece.length);
    const isSingleByte = write(piece, bytes.subarray(end)) === piece.length;
    for (let index = first; index < last; index++) {
      end += isSingleByte ? texts[index]!.length : textLengthBytes(type, texts[index]!);
      if (end > TEXT_BYTES_MAX) throw tooLong();
      offsets[index + 1] = end;
    }
  }
  return { bytes, offsets };
}

/** The bytes so far, in memory with room for as many more. */
function withRoom(
  bytes: Uint8Array<ArrayBuffer>,
  end: number,
  moreBytes: number,
): Uint8Array<ArrayBuffer> {
  if (end + moreBytes <= bytes.length) return bytes;
  const grown = new Uint8Array(2 * (end + moreBytes));
  grown.set(bytes.subarray(0, end));
  return grown;
}

function tooLong(): EngineError {
  return new EngineError(
    'NOT_SUPPORTED',
    `segment: a column's distinct texts take more than ${TEXT_BYTES_MAX} bytes; ` +
      'put fewer rows into a segment',
  );
}
