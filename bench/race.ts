import { compareAnswers } from './compare-answers.ts';
import type { Engine } from './engine.ts';
import type { DemoQuery } from './queries.ts';
import { type QueryResult, queryResult } from './report.ts';
import { alternate, timedCall } from './timing.ts';

const WARM_UP_ROUNDS = 3;

/**
 * Runs one query on all engines in turns and checks their answers against the first engine's.
 *
 * @returns samples of those engines whose answer is the same; the differences of the others.
 */
export async function race(
  engines: readonly Engine[],
  query: DemoQuery,
  roundCount: number,
): Promise<QueryResult> {
  const prepared = await Promise.all(engines.map((engine) => engine.prepare(query)));
  const answers = [];
  for (const run of prepared) answers.push((await run()).rows());
  const differences: Record<string, string> = {};
  for (const [index, rows] of answers.entries()) {
    const difference = compareAnswers(answers[0]!, rows, query);
    if (difference !== null) differences[engines[index]!.name] = difference;
  }
  const racing = engines.flatMap(({ name }, index) =>
    name in differences ? [] : [{ name, call: timedCall(name, prepared[index]!) }],
  );
  const calls = racing.map(({ call }) => call);
  await alternate(calls, WARM_UP_ROUNDS);
  const samples = await alternate(calls, roundCount);
  return queryResult(
    query,
    racing.map(({ name }) => name),
    samples,
    differences,
  );
}
