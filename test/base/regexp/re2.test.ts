import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import { Regexp } from '../../../src/base/regexp/regexp.ts';
import { randomPattern, randomText } from './random-pattern.ts';
import { flagsOf, refuse } from './refuse.ts';

const SEED = 90_210;
const PAIR_COUNT = 1_500;
const GROUPS_MAX = 3;

/*
 * The engine against RE2 as DuckDB has it: unlike JavaScript it means the same by empty rounds and by
 * groups that are repeated, so everything is compared.
 */
it(`finds and captures what RE2 does, seed ${SEED}`, async () => {
  const random = new Prng(SEED);
  const pairs = Array.from({ length: PAIR_COUNT }, () => {
    const { pattern } = randomPattern(random, 3);
    const text = randomText(random);
    // RE2 finds places of \B inside the bytes of one character.
    return { pattern, text: pattern.includes('\\B') ? text.replace(/[^ -~\n]/gu, '') : text };
  });
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (let groupCount = 0; groupCount <= GROUPS_MAX; groupCount++) {
    const chosen = pairs.filter(({ pattern }) => compile(pattern).groupCount >= groupCount);
    expect(chosen.length).toBeGreaterThan(20);
    const rows = chosen.map(
      ({ pattern, text }, row) => `(${row}, ${quote(text)}, ${quote(pattern)})`,
    );
    const reader = await connection.runAndReadAll(
      `SELECT regexp_matches(s, p), regexp_extract(s, p, ${groupCount})
       FROM (VALUES ${rows.join(', ')}) AS v(n, s, p) ORDER BY n`,
    );
    const [matches = [], captures = []] = reader.getColumns();
    for (const [row, { pattern, text }] of chosen.entries()) {
      const what = `/${pattern}/ on ${JSON.stringify(text)}, group ${groupCount}, seed ${SEED}`;
      const regexp = compile(pattern);
      expect(regexp.test(text), what).toBe(matches[row]);
      const match = regexp.find(text, 0);
      const start = match?.[2 * groupCount] ?? -1;
      const captured = start < 0 ? '' : text.slice(start, match![2 * groupCount + 1]);
      expect(captured, what).toBe(captures[row]);
    }
  }
});

function compile(pattern: string): Regexp {
  return new Regexp(pattern, flagsOf(''), refuse);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
