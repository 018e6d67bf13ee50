import { EngineError } from '../base/errors.ts';
import type { ColumnSchema } from '../base/types.ts';
import type { FileOpener } from '../io/disk.ts';
import { openCsv } from './csv.ts';
import { openNdjson } from './ndjson.ts';
import { openParquet } from './parquet.ts';
import type { RecordReader } from './record-reader.ts';

/**
 * Opens a file by the extension of its name: `.parquet`; `.csv` and `.tsv`; `.ndjson`, `.jsonl` and
 * `.json` (one object a line); the text formats also with `.gz` after it.
 *
 * @param declared the table's columns, or null to take the file's own or inferred ones.
 * @throws EngineError NOT_SUPPORTED for another extension; and whatever the format's reader throws.
 */
export async function openRecords(
  disk: FileOpener,
  path: string,
  declared: readonly ColumnSchema[] | null,
): Promise<RecordReader> {
  const name = path.toLowerCase();
  if (name.endsWith('.parquet')) return openParquet(disk, path);
  if (/\.(?:csv|tsv)(?:\.gz)?$/.test(name)) return openCsv(disk, path, declared);
  if (/\.(?:ndjson|jsonl|json)(?:\.gz)?$/.test(name)) return openNdjson(disk, path, declared);
  throw new EngineError(
    'NOT_SUPPORTED',
    `ingest: ${path}: expected a file named .parquet, .csv, .tsv, .ndjson, .jsonl or .json, the text ` +
      'formats also with .gz, found another name; rename or convert the file',
  );
}
