import { EngineError } from '../base/errors.ts';
import { RECORD_CHARACTERS_MAX } from '../base/limits.ts';
import { type ColumnSchema, isArray } from '../base/types.ts';
import type { FileOpener } from '../io/disk.ts';
import { type CsvRecord, CsvScanner } from './csv-scanner.ts';
import { chain, chooseTypes, SAMPLE_ROWS } from './infer.ts';
import type { RecordChunk, RecordReader } from './record-reader.ts';
import { RecordWriter } from './record-writer.ts';
import { readTextBlocks, type TextBlock } from './text-blocks.ts';

const DELIMITERS = [',', '\t', ';', '|'];

/**
 * Opens a CSV file (RFC 4180) whose first line names the columns; the delimiter is the one of comma,
 * tab, semicolon and bar that the first line has most of. An empty field is NULL, `""` is empty text.
 * A blank line is skipped, but is a NULL row when there is only one column. The values of an array, which
 * must be declared, are separated by semicolons, or the field is a JSON array.
 *
 * @param declared the types to read, by column name; null infers them from the first rows.
 * @throws EngineError NOT_FOUND or IO from the disk; SCHEMA_MISMATCH when there is no usable header,
 *   or the text is not UTF-8; CORRUPT_DATA when a `.gz` file is broken.
 */
export async function openCsv(
  disk: FileOpener,
  path: string,
  declared: readonly ColumnSchema[] | null,
): Promise<RecordReader> {
  const file = await disk.open(path, 'read');
  try {
    const blocks = readRecords(path, readTextBlocks(path, file));
    const sample: (RecordBlock & { records: CsvRecord[] })[] = [];
    let sampleRows = 0;
    while (sampleRows < SAMPLE_ROWS) {
      const next = await blocks.next();
      if (next.done) break;
      const records = [...next.value.records];
      sample.push({ ...next.value, records });
      sampleRows += records.length;
    }
    const header = sample.find(({ records }) => records.length > 0)?.records.shift();
    const names = header === undefined ? [] : columnNames(path, header);
    const rows = sample
      .flatMap(({ records }) => records)
      .slice(0, SAMPLE_ROWS)
      .filter((record) => isRow(record, names.length));
    const columns = chooseTypes(names, declared, (index) =>
      rows.map(({ fields }) => fields[index]!),
    );
    const lengthBytes = await file.sizeBytes();
    return {
      path,
      lengthBytes,
      rowCount: null,
      columns,
      notes: [],
      chunks: () => readChunks(path, columns, sample, blocks),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The records that end in one block of text, and how much of the file has been read by then. */
interface RecordBlock {
  /** To be read to its end, once, before the next block: the scanner is one for all. */
  readonly records: Iterable<CsvRecord>;
  readonly bytesRead: number;
}

async function* readRecords(
  path: string,
  blocks: AsyncGenerator<TextBlock>,
): AsyncGenerator<RecordBlock> {
  let scanner: CsvScanner | null = null;
  let start = '';
  for await (const { text, bytesRead, isLast } of blocks) {
    start += text;
    if (scanner === null) {
      const end = start.indexOf('\n');
      if (end < 0 && !isLast && start.length <= RECORD_CHARACTERS_MAX) continue;
      scanner = new CsvScanner(delimiterOf(path, end < 0 ? start : start.slice(0, end)));
    }
    yield { records: scanner.scan(start, isLast), bytesRead };
    start = '';
  }
}

async function* readChunks(
  path: string,
  columns: readonly ColumnSchema[],
  sample: RecordBlock[],
  blocks: AsyncGenerator<RecordBlock>,
): AsyncGenerator<RecordChunk> {
  const writer = new RecordWriter(path, columns);
  const arrays = columns.flatMap(({ type }, index) => (isArray(type) ? [index] : []));
  let lastBytesRead = 0;
  for await (const { records, bytesRead } of chain(sample, blocks)) {
    lastBytesRead = bytesRead;
    for (const record of records) {
      addRecord(writer, splitArrays(record, arrays), columns.length);
      if (writer.isFull) yield writer.take(bytesRead);
    }
  }
  yield writer.take(lastBytesRead);
}

/** Pinot's delimiter of the values of one field. */
const MULTI_VALUE_DELIMITER = ';';

/** Fields of array columns as JSON arrays; an empty value is none, as in Pinot. */
function splitArrays(record: CsvRecord, arrays: readonly number[]): CsvRecord {
  if (arrays.length === 0) return record;
  const fields = [...record.fields];
  for (const index of arrays) {
    const field = fields[index] ?? null;
    if (field === null || field.startsWith('[')) continue;
    const values = field.split(MULTI_VALUE_DELIMITER).filter((value) => value !== '');
    fields[index] = JSON.stringify(values);
  }
  return { ...record, fields };
}

function addRecord(writer: RecordWriter, record: CsvRecord, columnCount: number): void {
  const { line, fields, error } = record;
  if (error !== null) writer.reject(line, null, null, `expected ${error}`);
  else if (isRow(record, columnCount)) writer.add(line, fields);
  else if (!isBlank(record)) {
    writer.reject(line, null, null, `expected ${columnCount} fields, found ${fields.length}`);
  }
}

function isRow({ fields, error }: CsvRecord, columnCount: number): boolean {
  return error === null && fields.length === columnCount;
}

function isBlank({ fields }: CsvRecord): boolean {
  return fields.length === 1 && fields[0] === null;
}

function delimiterOf(path: string, headerLine: string): string {
  if (/\.tsv(?:\.gz)?$/i.test(path)) return '\t';
  const count = (delimiter: string) => headerLine.split(delimiter).length;
  return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best));
}

function columnNames(path: string, { fields, error }: CsvRecord): string[] {
  const names = fields.map((field) => field?.trim() ?? '');
  const seen = new Set<string>();
  const wrong = names.find((name) => {
    const folded = name.toLowerCase();
    const isRepeated = seen.has(folded);
    seen.add(folded);
    return name === '' || isRepeated;
  });
  if (error === null && wrong === undefined) return names;
  throw new EngineError(
    'SCHEMA_MISMATCH',
    `csv: ${path}: expected a first line with a different name for every column, found ` +
      (error !== null ? `no ${error}` : wrong === '' ? 'a column without one' : `${wrong} twice`),
  );
}
