import type { CompressionCodec, Encoding, PageHeader } from 'hyparquet';
import { arrayText, type Element } from '../base/array-text.ts';
import { wideValue } from '../base/decimal.ts';
import type { ColumnChunk } from '../segment/column-chunk.ts';
import { decompressPageBytes } from './parquet-page.ts';
import { decodeRleHybrid } from './parquet-rle.ts';
import type { ParquetColumn, ParquetList } from './parquet-schema.ts';
import type { DenseValues } from './parquet-values.ts';

/** A data page of lists, opened up to its values. */
export interface ListPage {
  readonly encoding: Encoding;
  /** 0 where a row starts, 1 where it goes on. */
  readonly repetitions: Uint32Array;
  /** As `ParquetList` reads them, as many. */
  readonly definitions: Uint32Array;
  /** How many of them are values. */
  readonly valueCount: number;
  readonly values: Uint8Array;
}

/**
 * Opens a data page of lists of values: decompresses it and reads its levels
 * (https://github.com/apache/parquet-format#nested-encoding).
 *
 * @param body the page's bytes after its header.
 * @param countMax levels that are left in the column chunk.
 * @throws RangeError when lengths contradict each other; what `decompressPageBytes` throws.
 */
export function openListPage(
  list: ParquetList,
  codec: CompressionCodec,
  header: PageHeader,
  body: Uint8Array,
  countMax: number,
): ListPage {
  const v2 = header.data_page_header_v2;
  const shared = v2 ?? header.data_page_header;
  if (shared === undefined) throw new RangeError(`a page of type ${header.type}`);
  const { num_values: count, encoding } = shared;
  if (!(count > 0 && count <= countMax)) throw new RangeError(`${count} values in a page`);
  const bits = 32 - Math.clz32(list.valueLevel);
  const page = (
    repetitions: Uint32Array,
    definitions: Uint32Array,
    values: Uint8Array,
  ): ListPage => {
    const wrong = definitions.find((level) => level > list.valueLevel);
    if (wrong !== undefined) throw new RangeError(`a definition level of ${wrong}`);
    let valueCount = 0;
    for (const level of definitions) if (level === list.valueLevel) valueCount++;
    return { encoding, repetitions, definitions, valueCount, values };
  };
  if (v2 !== undefined) {
    const middle = v2.repetition_levels_byte_length;
    const end = middle + v2.definition_levels_byte_length;
    if (!(middle >= 0 && end >= middle && end <= body.length)) {
      throw new RangeError(`levels of ${end} bytes`);
    }
    const rest = body.subarray(end);
    const lengthBytes = header.uncompressed_page_size - end;
    return page(
      decodeRleHybrid(body, 0, middle, 1, count),
      decodeRleHybrid(body, middle, end, bits, count),
      v2.is_compressed === false ? rest : decompressPageBytes(codec, rest, lengthBytes),
    );
  }
  const bytes = decompressPageBytes(codec, body, header.uncompressed_page_size);
  const first = levelsAt(bytes, 0);
  const second = levelsAt(bytes, first.end);
  return page(
    decodeRleHybrid(bytes, first.start, first.end, 1, count),
    decodeRleHybrid(bytes, second.start, second.end, bits, count),
    bytes.subarray(second.end),
  );
}

/** Levels behind their length. */
function levelsAt(
  bytes: Uint8Array,
  offset: number,
): { readonly start: number; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = offset + 4;
  if (start > bytes.length) throw new RangeError(`levels at byte ${offset} of ${bytes.length}`);
  const end = start + view.getUint32(offset, true);
  if (end > bytes.length) throw new RangeError(`levels up to byte ${end} of ${bytes.length}`);
  return { start, end };
}

/** Puts the lists of a row group together; a value that is NULL is left out, as in Pinot. */
export class ListAssembler {
  readonly #column: ParquetColumn & { readonly list: ParquetList };
  readonly #texts: readonly string[];
  readonly #rowCount: number;
  readonly #rows: string[] = [];
  readonly #nulls: Uint8Array;
  #open: Element[] | null = null;

  /** @param texts those that values of text are indexes of. */
  constructor(
    column: ParquetColumn & { readonly list: ParquetList },
    texts: readonly string[],
    rowCount: number,
  ) {
    this.#column = column;
    this.#texts = texts;
    this.#rowCount = rowCount;
    this.#nulls = new Uint8Array(rowCount);
  }

  /** Adds a page, whose first row may be the last of the page before. */
  append({ repetitions, definitions }: ListPage, values: DenseValues): void {
    const { emptyLevel, valueLevel } = this.#column.list;
    let next = 0;
    for (let index = 0; index < definitions.length; index++) {
      if (repetitions[index] === 0) {
        this.#close();
        this.#open = [];
        const isNull = definitions[index]! < emptyLevel;
        if (isNull) this.#nulls[this.#rows.length] = 1;
      }
      if (this.#open === null) throw new RangeError('a list that goes on before it starts');
      if (definitions[index] === valueLevel) this.#open.push(this.#element(values[next++]!));
    }
  }

  /** The arrays of all rows. */
  finish(): ColumnChunk {
    this.#close();
    if (this.#rows.length !== this.#rowCount) throw new RangeError(`${this.#rows.length} lists`);
    const nulls = this.#nulls.includes(1) ? this.#nulls : null;
    return { kind: 'texts', values: this.#rows, nulls };
  }

  #close(): void {
    if (this.#open !== null) this.#rows.push(arrayText(this.#open));
    this.#open = null;
  }

  #element(value: number | bigint): Element {
    const { type, conversion } = this.#column;
    if (type === 'BOOLEAN') return value === 1;
    switch (conversion) {
      case 'text':
      case 'bytes':
      case 'uuid':
        return this.#texts[Number(value)]!;
      case 'decimal':
        return typeof value === 'bigint' ? value : wideValue(this.#texts[value]!);
      default:
        return value;
    }
  }
}
