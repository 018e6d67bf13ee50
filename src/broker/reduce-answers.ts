import { assert } from '../base/assert.ts';
import { addStepSpans } from '../exec/profile-spans.ts';
import { analyzedPlan } from '../exec/profile-text.ts';
import { ReduceProfile } from '../exec/reduce-profile.ts';
import type { Clock } from '../io/clock.ts';
import type { Span } from '../io/tracing.ts';
import type { PlannedQuery } from '../sql/query.ts';
import { explainTable } from './explain.ts';
import type { LeafAnswers } from './leaf-answers.ts';
import type { QueryProgress } from './query-progress.ts';
import type { Reducer } from './reducer.ts';
import type { ResultTable } from './response.ts';

/** What a reduce takes beside what it reduces. */
export interface ReduceParts {
  readonly reduce: Reducer;
  readonly clock: Clock;
  /** Its stages become parts of this. */
  readonly span: Span;
}

/**
 * Runs the broker's part of a plan on what servers answered. Of EXPLAIN ANALYZE the answer is what was
 * measured.
 *
 * @throws EngineError as a `Reducer` does.
 */
export async function reduceAnswers(
  { reduce, clock, span }: ReduceParts,
  { plan, limits }: PlannedQuery,
  { answers }: LeafAnswers,
  progress: QueryProgress,
): Promise<ResultTable> {
  const { stop, profile } = progress;
  assert(stop !== null, 'a query that runs has a time');
  const startMs = clock.monotonicMs();
  const partials = answers.map(({ result }) => result.partial);
  const isMeasured = profile !== null || span.isRecording;
  const reduceProfile = isMeasured ? new ReduceProfile(clock) : null;
  const answer = await reduce(plan, partials, limits, stop, reduceProfile);
  progress.reduceTimeMs = clock.monotonicMs() - startMs;
  if (span.isRecording && reduceProfile !== null) {
    const stages = [...reduceProfile.stages].map(([name, operator]) => ({ name, operator }));
    addStepSpans(span, stages, 1);
  }
  if (profile === null || reduceProfile === null) return answer;
  const leaf = { profile, stats: progress.leafStats };
  return explainTable(analyzedPlan(plan, leaf, reduceProfile, answer.rowCount));
}
