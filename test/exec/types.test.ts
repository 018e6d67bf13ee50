import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

/** The lines of the documentation that are queries: expression, type and answer. */
const documented = readFileSync(new URL('../../docs/types.md', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => /\| `([^`]+)` +\| (\S*) +\| (.*?) +\|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, expression, type, answer]) => [expression!, type!, answer!] as const);

describe('docs/types.md', () => {
  let table: MemoryTable;

  beforeAll(async () => {
    table = await openMemoryTable({ name: 't', columns: [{ name: 'x', type: 'INT' }] }, [[1]]);
  });

  afterAll(() => table.close());

  it('has lines that are queries', () => {
    expect(documented.length).toBeGreaterThan(20);
  });

  it.each(documented)('%s is %s %s', async (expression, type, answer) => {
    if (type === '') {
      const failure = await table.sql(`SELECT ${expression} FROM t`).catch((error) => error);
      expect(failure).toBeInstanceOf(EngineError);
      expect(failure.code).toBe(answer);
      return;
    }
    const { vectors } = await table.answer(`SELECT ${expression} FROM t`);
    expect(vectors[0]!.type).toBe(type);
    const texts = await table.sql(`SELECT CAST(${expression} AS STRING) FROM t`);
    expect(texts[0]![0] ?? 'NULL').toBe(answer);
  });
});
