import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table as arqueroTable } from 'arquero';
import { repositoryRoot } from '../root.ts';
import type { BatchColumn, GeneratedTable, Suite } from '../suite.ts';
import type { EngineKind } from './engine.ts';

/**
 * The JavaScript engine Arquero, for scale: columns in typed arrays, strings in plain arrays, one
 * thread whatever is asked for. It has no files: its table is made again each time it is opened, with
 * only those columns that its queries name.
 */
export const arquero: EngineKind = {
  name: 'Arquero',
  hasFiles: false,
  probe: async () => {
    const path = join(repositoryRoot(), 'node_modules/arquero/package.json');
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    return { version, build: version };
  },
  takesPart: (suite) => !('parquetPath' in suite.source) && wantedColumns(suite).length > 0,
  load: async () => {},
  open: async ({ suite, rowCount }) => {
    if ('parquetPath' in suite.source) throw new Error('benchmark: Arquero loads no files');
    const table = arqueroTable(collect(suite.source, rowCount, wantedColumns(suite)));
    return {
      prepare: async ({ arquero: query }) => {
        if (query === undefined) return null;
        return async () => {
          const rows = query.run(table);
          return { rows: () => rows };
        };
      },
      close: async () => {},
    };
  },
};

function wantedColumns({ queries }: Suite): string[] {
  return [...new Set(queries.flatMap((query) => query.arquero?.columns ?? []))];
}

function collect(source: GeneratedTable, rowCount: number, names: readonly string[]) {
  const positions = names.map((name) => source.columns.findIndex((column) => column.name === name));
  const parts: BatchColumn[][] = names.map(() => []);
  for (const { columns } of source.batches(rowCount)) {
    for (const [index, position] of positions.entries()) parts[index]!.push(columns[position]!);
  }
  return Object.fromEntries(names.map((name, index) => [name, joined(parts[index]!, rowCount)]));
}

/** One array out of the parts. Arquero computes in doubles, so that 64-bit integers become such. */
function joined(parts: readonly BatchColumn[], rowCount: number): ArrayLike<number | string> {
  const first = parts[0];
  if (Array.isArray(first)) return (parts as string[][]).flat();
  const whole = first instanceof Int32Array ? new Int32Array(rowCount) : new Float64Array(rowCount);
  let offset = 0;
  for (const part of parts) {
    if (part instanceof BigInt64Array) for (const value of part) whole[offset++] = Number(value);
    else {
      whole.set(part as Int32Array | Float64Array, offset);
      offset += part.length;
    }
  }
  return whole;
}
