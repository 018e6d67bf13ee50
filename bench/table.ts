import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** Where the numbers come from. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

/** This machine. */
export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

/** Pads the cells of rows, the first of which is the header; all but the first column are numbers. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [header, ...body] = rows.map((row) =>
    line(
      row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      ),
    ),
  );
  const rule = `|${widths
    .map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`)
    .join('|')}|`;
  return [header, rule, ...body].join('\n');
}
