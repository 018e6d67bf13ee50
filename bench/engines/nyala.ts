import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/client/index.ts';
import { plainRows } from '../compare-answers.ts';
import { repositoryRoot } from '../root.ts';
import type { Engine, EngineKind } from './engine.ts';

/** Beyond the 10 s that queries have by default: a benchmark shows how slow a slow query is. */
const TIMEOUT_MS = 600_000;

/**
 * Nyala as a library. Nothing is prepared: every timed call lexes, parses, plans and runs the text,
 * and ends with rows.
 */
export const nyala: EngineKind = {
  name: 'Nyala',
  hasFiles: true,
  probe: async () => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot(), 'package.json'), 'utf8'));
    return { version: manifest.version, build: `${manifest.version}-${sourcesHash()}` };
  },
  takesPart: () => true,
  load: async ({ suite, parquetPath }, { folder, threads }) => {
    const database = await openDatabase({ dataDirectory: folder, threads });
    await database.load(suite.table, [parquetPath]);
    await database.close();
  },
  open: async (_, { folder, threads }): Promise<Engine> => {
    const database = await openDatabase({ dataDirectory: folder, threads });
    return {
      prepare: async ({ sql, nyalaSql }) => {
        const text = `SET timeoutMs = ${TIMEOUT_MS}; ${nyalaSql ?? sql}`;
        return async () => {
          const answer = await database.sql(text);
          return { rows: () => plainRows(answer.rows) };
        };
      },
      close: () => database.close(),
    };
  },
};

/** Changes with every file that may change what is written. */
function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const path of ['src', 'assembly'].flatMap(filesBelow)) {
    hash.update(path).update(readFileSync(join(repositoryRoot(), path)));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(repositoryRoot(), folder), { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}
