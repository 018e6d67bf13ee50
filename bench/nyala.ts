import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/client/index.ts';
import { type Engine, type EngineOptions, repositoryRoot } from './engine.ts';
import { DEMO_TABLE } from './queries.ts';

/**
 * Opens Nyala as a library in this process, with the demo table loaded into a fresh folder. Nothing is
 * prepared: every timed call lexes, parses, plans and runs the text, and ends with rows.
 */
export async function openNyala(options: EngineOptions): Promise<Engine> {
  const manifest = await readFile(join(repositoryRoot(), 'package.json'), 'utf8');
  const directory = await mkdtemp(join(tmpdir(), 'nyala-bench-'));
  const database = await openDatabase({ dataDirectory: directory, threads: options.threads });
  await database.load(DEMO_TABLE, [options.parquetPath]);
  return {
    name: 'Nyala',
    version: JSON.parse(manifest).version,
    prepare: async ({ sql }) => {
      return async () => {
        const answer = await database.sql(sql);
        return { rows: () => answer.rows };
      };
    },
    close: async () => {
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}
