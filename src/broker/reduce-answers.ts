import { assert } from '../base/assert.ts';
import { analyzedPlan } from '../exec/profile-text.ts';
import { ReduceProfile } from '../exec/reduce-profile.ts';
import type { Clock } from '../io/clock.ts';
import type { PlannedQuery } from '../sql/query.ts';
import { explainTable } from './explain.ts';
import type { LeafAnswers } from './leaf-answers.ts';
import type { QueryProgress } from './query-progress.ts';
import type { Reducer } from './reducer.ts';
import type { ResultTable } from './response.ts';

/**
 * Runs the broker's part of a plan on what servers answered. Of EXPLAIN ANALYZE the answer is what was
 * measured.
 *
 * @throws EngineError as a `Reducer` does.
 */
export async function reduceAnswers(
  reduce: Reducer,
  clock: Clock,
  { plan, limits }: PlannedQuery,
  { answers }: LeafAnswers,
  progress: QueryProgress,
): Promise<ResultTable> {
  const { stop, profile } = progress;
  assert(stop !== null, 'a query that runs has a time');
  const startMs = clock.monotonicMs();
  const partials = answers.map(({ result }) => result.partial);
  const reduceProfile = profile === null ? null : new ReduceProfile(clock);
  const answer = await reduce(plan, partials, limits, stop, reduceProfile);
  progress.reduceTimeMs = clock.monotonicMs() - startMs;
  if (profile === null || reduceProfile === null) return answer;
  const leaf = { profile, stats: progress.leafStats };
  return explainTable(analyzedPlan(plan, leaf, reduceProfile, answer.rowCount));
}
