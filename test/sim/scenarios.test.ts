import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { play } from './scenarios/transcript.ts';

const folder = new URL('scenarios/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

/** `UPDATE=1` writes what was printed into the scenarios; look at the difference before it stays. */
const isUpdate = process.env.UPDATE === '1';

describe('a scenario', () => {
  it.each(files)('%s goes as it is written', async (name) => {
    const path = new URL(name, folder);
    const script = readFileSync(path, 'utf8');
    const played = await play(script);
    if (isUpdate) writeFileSync(path, played);
    else expect(played).toBe(script);
  });
});
