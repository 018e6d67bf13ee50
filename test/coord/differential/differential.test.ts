import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import { describeZooKeeper } from '../../support/zookeeper.ts';
import { type Difference, printDifference } from './explained.ts';
import { generateScript } from './generator.ts';
import { playOnBoth } from './pair.ts';
import { printScript, type Script } from './script.ts';
import { shrinkScript } from './shrink.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const operationsWanted = Number(process.env.NYALA_DIFFERENTIAL_OPERATIONS ?? 3_000);
const scriptFile = process.env.NYALA_DIFFERENTIAL_SCRIPT;
const OPERATIONS_PER_SCRIPT = 500;
const SHRINK_ATTEMPTS_MAX = 150;

describeZooKeeper('the coordinator beside Apache ZooKeeper', () => {
  const scripts = scriptFile === undefined ? [] : [scriptFile];
  it.each(scripts)('does the same for the script %s', async (path) => {
    const script: Script = JSON.parse(readFileSync(path, 'utf8'));
    const { differences } = await playOnBoth(script);
    expect(differences.map(printDifference)).toEqual([]);
  });

  it.skipIf(scriptFile !== undefined)(
    `does the same for ${operationsWanted} random operations`,
    async () => {
      process.stdout.write(`SEED=${seed}\n`);
      const explained = new Map<string, number>();
      let count = 0;
      for (let number = 0; count < operationsWanted; number++) {
        const script = generateScript(new Prng((seed + number) >>> 0), OPERATIONS_PER_SCRIPT);
        count += await compareOn(script, explained);
      }
      for (const [name, times] of explained) process.stdout.write(`explained: ${name}: ${times}\n`);
      process.stdout.write(`${count} operations, no unexplained difference\n`);
    },
    3_600_000,
  );
});

async function compareOn(script: Script, explained: Map<string, number>): Promise<number> {
  const comparison = await playOnBoth(script);
  for (const [name, times] of comparison.explained) {
    explained.set(name, (explained.get(name) ?? 0) + times);
  }
  const [first] = comparison.differences;
  if (first !== undefined) throw new Error(await explain(script, first));
  return comparison.operationCount;
}

/** A message with the smallest script that shows the same difference. */
async function explain(script: Script, first: Difference): Promise<string> {
  let shown = first;
  const minimal = await shrinkScript(
    script.slice(0, first.step + 1),
    async (smaller) => {
      const found = (await playOnBoth(smaller)).differences.find((other) => isAlike(first, other));
      if (found !== undefined) shown = found;
      return found !== undefined;
    },
    SHRINK_ATTEMPTS_MAX,
  );
  return `${printDifference(shown)}\n${printScript(minimal)}`;
}

function isAlike(one: Difference, other: Difference): boolean {
  return one.at === other.at && one.request?.code === other.request?.code;
}
