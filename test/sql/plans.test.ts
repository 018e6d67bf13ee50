import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plan } from './flights.ts';

/**
 * Golden plans. A `.plan` file holds blocks divided by blank lines: the query, `----`, the text of
 * EXPLAIN. `UPDATE=1` rewrites what follows each `----`; commit only changes that you understand.
 */
const folder = new URL('.', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.plan'));

describe('plans stay as they are', () => {
  it('has golden files', () => expect(files.length).toBeGreaterThan(0));

  for (const name of files) {
    const path = new URL(name, folder);
    const blocks = readFileSync(path, 'utf8')
      .trim()
      .split(/\n{2,}/);
    if (process.env.UPDATE === '1') {
      writeFileSync(path, `${blocks.map(rewritten).join('\n\n')}\n`);
    }
    it.each(blocks.filter((block) => !block.startsWith('#')))(`${name}: %s`, (block) => {
      if (process.env.UPDATE !== '1') expect(rewritten(block)).toBe(block);
    });
  }
});

function rewritten(block: string): string {
  if (block.startsWith('#')) return block;
  const query = block.split('\n----')[0]!;
  return `${query}\n----\n${plan(`EXPLAIN ${query}`).explain.join('\n')}`;
}
