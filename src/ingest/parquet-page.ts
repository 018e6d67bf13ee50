import type { CompressionCodec, Encoding, PageHeader } from 'hyparquet';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { compressors } from 'hyparquet-compressors';
import { EngineError } from '../base/errors.ts';
import { PARQUET_PAGE_BYTES_MAX } from '../base/limits.ts';
import { decodeRleHybrid } from './parquet-rle.ts';

/** A data page of either version, opened up to its values. */
export interface DataPage {
  readonly encoding: Encoding;
  readonly rowCount: number;
  /** One byte a row, or null when no row is NULL. */
  readonly nulls: Uint8Array | null;
  /** Values of the rows that are not NULL. */
  readonly valueCount: number;
  readonly values: Uint8Array;
}

/**
 * Opens a data page: decompresses it and reads its definition levels.
 *
 * @param isOptional that the column may have NULLs, and so has definition levels.
 * @param body the page's bytes after its header.
 * @param rowCountMax rows that are left in the row group.
 * @throws RangeError when lengths contradict each other; what `decompressPageBytes` throws.
 */
export function openPage(
  isOptional: boolean,
  codec: CompressionCodec,
  header: PageHeader,
  body: Uint8Array,
  rowCountMax: number,
): DataPage {
  const claimed = (header.data_page_header_v2 ?? header.data_page_header)?.num_values;
  if (claimed === undefined) throw new RangeError(`a page of type ${header.type}`);
  if (!(claimed >= 0 && claimed <= rowCountMax))
    throw new RangeError(`${claimed} values in a page`);
  const v2 = header.data_page_header_v2;
  if (v2 !== undefined) {
    const levelsStart = v2.repetition_levels_byte_length;
    const levelsEnd = levelsStart + v2.definition_levels_byte_length;
    if (!(levelsStart >= 0 && levelsEnd >= levelsStart && levelsEnd <= body.length)) {
      throw new RangeError(`levels of ${levelsEnd} bytes`);
    }
    const nulls = isOptional ? nullFlags(body, levelsStart, levelsEnd, v2.num_values) : null;
    const rest = body.subarray(levelsEnd);
    const values =
      v2.is_compressed === false
        ? rest
        : decompressPageBytes(codec, rest, header.uncompressed_page_size - levelsEnd);
    return dataPage(v2.encoding, v2.num_values, nulls, values);
  }
  const v1 = header.data_page_header;
  if (v1 === undefined) throw new RangeError(`no header in a page of type ${header.type}`);
  const bytes = decompressPageBytes(codec, body, header.uncompressed_page_size);
  if (!isOptional) return dataPage(v1.encoding, v1.num_values, null, bytes);
  const levelsEnd =
    4 + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (levelsEnd > bytes.length) throw new RangeError(`levels of ${levelsEnd} bytes`);
  const nulls = nullFlags(bytes, 4, levelsEnd, v1.num_values);
  return dataPage(v1.encoding, v1.num_values, nulls, bytes.subarray(levelsEnd));
}

function dataPage(
  encoding: Encoding,
  rowCount: number,
  nulls: Uint8Array | null,
  values: Uint8Array,
): DataPage {
  let nullCount = 0;
  if (nulls !== null) for (const flag of nulls) nullCount += flag;
  return { encoding, rowCount, nulls, valueCount: rowCount - nullCount, values };
}

/** From definition levels of a flat column: level 0 is NULL, level 1 is a value. */
function nullFlags(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
): Uint8Array | null {
  const levels = decodeRleHybrid(bytes, start, end, 1, count);
  return levels.includes(0) ? Uint8Array.from(levels, (level) => 1 - level) : null;
}

/**
 * The bytes of a page as they were before compression.
 *
 * @param lengthBytes how many the page's header says they are.
 * @throws EngineError NOT_SUPPORTED for an unknown codec; RangeError for a length beyond reason; Error
 *   when the compressed bytes are broken.
 */
export function decompressPageBytes(
  codec: CompressionCodec,
  body: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  if (!(lengthBytes >= 0 && lengthBytes <= PARQUET_PAGE_BYTES_MAX)) {
    throw new RangeError(`a page of ${lengthBytes} bytes uncompressed`);
  }
  if (codec !== 'UNCOMPRESSED' && compressors[codec] === undefined) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `parquet: expected a compression that Parquet defines and Nyala has, found ${codec}`,
    );
  }
  return lengthBytes === 0
    ? new Uint8Array(0)
    : decompressPage(body, lengthBytes, codec, compressors);
}
