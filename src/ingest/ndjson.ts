import { EngineError } from '../base/errors.ts';
import { RECORD_CHARACTERS_MAX } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { ColumnSchema } from '../base/types.ts';
import type { FileOpener } from '../io/disk.ts';
import { chain, chooseTypes, SAMPLE_ROWS } from './infer.ts';
import { parseJsonLine } from './json-line.ts';
import type { RecordChunk, RecordReader } from './record-reader.ts';
import { RecordWriter } from './record-writer.ts';
import type { Scalar } from './scalar.ts';
import { readTextBlocks, type TextBlock } from './text-blocks.ts';

/**
 * Opens a file with one JSON object a line. Blank lines are skipped; a missing field is NULL; a nested
 * value is text. Without declared columns, the columns are the fields of the first rows.
 *
 * @param declared the columns to read; null infers names and types from the first rows.
 * @throws EngineError NOT_FOUND or IO from the disk; SCHEMA_MISMATCH when the text is not UTF-8 or a
 *   line is too long; CORRUPT_DATA when a `.gz` file is broken.
 */
export async function openNdjson(
  disk: FileOpener,
  path: string,
  declared: readonly ColumnSchema[] | null,
): Promise<RecordReader> {
  const file = await disk.open(path, 'read');
  try {
    const blocks = readLines(path, readTextBlocks(path, file));
    const sample: (LineBlock & { lines: JsonLine[] })[] = [];
    let sampleRows = 0;
    while (declared === null && sampleRows < SAMPLE_ROWS) {
      const next = await blocks.next();
      if (next.done) break;
      const lines = [...next.value.lines];
      sample.push({ ...next.value, lines });
      sampleRows += lines.length;
    }
    const columns =
      declared ?? inferColumns(sample.flatMap(({ lines }) => lines).slice(0, SAMPLE_ROWS));
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

/** A line that is not blank. */
interface JsonLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** Null when it is not a JSON object. */
  readonly fields: ReadonlyMap<string, Scalar> | null;
}

/** The lines that end in one block of text, and how much of the file has been read by then. */
interface LineBlock {
  /** Parsed while they are read. */
  readonly lines: Iterable<JsonLine>;
  readonly bytesRead: number;
}

async function* readLines(
  path: string,
  blocks: AsyncGenerator<TextBlock>,
): AsyncGenerator<LineBlock> {
  let rest = '';
  let line = 0;
  for await (const { text, bytesRead, isLast } of blocks) {
    const texts = (rest + text).split('\n');
    rest = isLast ? '' : texts.pop()!;
    if (rest.length > RECORD_CHARACTERS_MAX) {
      throw new EngineError(
        'SCHEMA_MISMATCH',
        `ndjson: ${path}: expected lines of at most ${RECORD_CHARACTERS_MAX} characters, found a ` +
          `longer one: line ${line + texts.length + 1}`,
      );
    }
    yield { lines: parseLines(texts, line + 1), bytesRead };
    line += texts.length;
  }
}

function* parseLines(texts: readonly string[], firstLine: number): Generator<JsonLine> {
  for (const [index, text] of texts.entries()) {
    if (text.trim() !== '') yield { line: firstLine + index, text, fields: parseJsonLine(text) };
  }
}

async function* readChunks(
  path: string,
  columns: readonly ColumnSchema[],
  sample: LineBlock[],
  blocks: AsyncGenerator<LineBlock>,
): AsyncGenerator<RecordChunk> {
  const writer = new RecordWriter(path, columns);
  const indexOf = new Map(columns.map(({ name }, index) => [name.toLowerCase(), index]));
  let lastBytesRead = 0;
  for await (const { lines, bytesRead } of chain(sample, blocks)) {
    lastBytesRead = bytesRead;
    for (const line of lines) {
      addLine(writer, line, columns, indexOf);
      if (writer.isFull) yield writer.take(bytesRead);
    }
  }
  yield writer.take(lastBytesRead);
}

function addLine(
  writer: RecordWriter,
  { line, text, fields }: JsonLine,
  columns: readonly ColumnSchema[],
  indexOf: ReadonlyMap<string, number>,
): void {
  if (fields === null) {
    writer.reject(line, null, text, 'expected a JSON object');
    return;
  }
  const row = new Array<Scalar>(columns.length).fill(null);
  for (const [name, value] of fields) {
    const index = indexOf.get(name.toLowerCase());
    if (index === undefined) {
      const hint = didYouMean(
        name,
        columns.map((column) => column.name),
      );
      writer.reject(line, name, value, `expected a column of the table${hint}`);
      return;
    }
    row[index] = value;
  }
  writer.add(line, row);
}

function inferColumns(sample: readonly JsonLine[]): ColumnSchema[] {
  const nameOf = new Map<string, string>();
  for (const { fields } of sample) {
    for (const name of fields?.keys() ?? []) {
      if (!nameOf.has(name.toLowerCase())) nameOf.set(name.toLowerCase(), name);
    }
  }
  const names = [...nameOf.values()];
  return chooseTypes(names, null, (index) => sampleValues(sample, names[index]!));
}

function* sampleValues(sample: readonly JsonLine[], name: string): Generator<Scalar> {
  for (const { fields } of sample) yield fields?.get(name) ?? null;
}
