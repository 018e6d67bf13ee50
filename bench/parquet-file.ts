import type { SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { BATCH_ROWS, type Batch, type GeneratedColumn, type GeneratedType } from './suite.ts';

const ELEMENTS: Readonly<Record<GeneratedType, Omit<SchemaElement, 'name'>>> = {
  SMALLINT: { type: 'INT32', converted_type: 'INT_16' },
  INT: { type: 'INT32' },
  BIGINT: { type: 'INT64' },
  DOUBLE: { type: 'DOUBLE' },
  STRING: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  DATE: { type: 'INT32', converted_type: 'DATE' },
  TIMESTAMP: { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' },
};

/** Writes batches into a Parquet file, each as a row group; only one of them is in memory. */
export async function writeParquet(
  path: string,
  columns: readonly GeneratedColumn[],
  batches: Iterable<Batch>,
): Promise<void> {
  const schema: SchemaElement[] = [
    { name: 'schema', num_children: columns.length },
    ...columns.map(({ name, type }) => ({
      name,
      repetition_type: 'REQUIRED' as const,
      ...ELEMENTS[type],
    })),
  ];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema, statistics: false });
  for (const batch of batches) {
    const columnData = columns.map(({ name }, index) => ({ name, data: batch.columns[index]! }));
    await writer.write({ columnData, rowGroupSize: BATCH_ROWS });
  }
  await writer.finish();
}
