import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Script } from './script.ts';

/*
 * Each file is a scenario: comments, then blocks of commands, `----`, and what happens. script.ts lists
 * the commands. UPDATE=1 writes what happens into the files; commit only differences you understand.
 */

const folder = join(import.meta.dirname, 'transcripts');

describe('consensus does what the transcript says:', () => {
  for (const name of readdirSync(folder).sort()) {
    it(name.replace('.txt', '').replaceAll('-', ' '), () => {
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      const actual = rerun(text);
      if (process.env.UPDATE === '1') writeFileSync(path, actual);
      else expect(actual).toBe(text);
    });
  }
});

function rerun(text: string): string {
  const script = new Script();
  const blocks = text.trimEnd().split(/\n\n+/);
  const done = blocks.map((block) => {
    const commands = block.split('\n----')[0]!.split('\n');
    const isCommand = (line: string): boolean => line !== '' && !line.startsWith('#');
    if (!commands.some(isCommand)) return block;
    const lines = commands.filter(isCommand).flatMap((command) => script.run(command));
    return [...commands, '----', ...lines].join('\n');
  });
  return `${done.join('\n\n')}\n`;
}
