import { EngineError } from '../../base/errors.ts';
import { nodeDisk } from '../../io/node-disk.ts';
import { withRole } from '../ask.ts';
import { ControllerClient } from '../controller-client.ts';
import { loadTable } from '../load-table.ts';

/** `nyala load`: reads files here and hands the segments to a running controller. */
export async function load(
  table: string,
  files: readonly string[],
  options: {
    readonly controller: string;
    readonly schema?: string;
    readonly maxErrors: number;
    readonly segmentRows: number;
    readonly segmentPrefix?: string;
    readonly progress: 'people' | 'json';
  },
): Promise<void> {
  for (const file of files) {
    if ((await nodeDisk.sizeBytes(file)) === null) {
      throw new EngineError('NOT_FOUND', `there is no file ${file}`);
    }
  }
  const role = { name: 'controller', option: '--controller' };
  await withRole(options.controller, role, (ask) =>
    loadTable(new ControllerClient(ask), {
      table,
      files,
      schemaFile: options.schema ?? null,
      maxErrors: options.maxErrors,
      segmentRows: options.segmentRows,
      segmentPrefix: options.segmentPrefix,
      progress: options.progress,
    }),
  );
}
