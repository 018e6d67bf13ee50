import { setTimeout } from 'node:timers/promises';
import { compareAnswers, type Rows } from './compare-answers.ts';
import type { EngineOutcome, QueryResult } from './report.ts';
import type { BenchQuery } from './suite.ts';

/** An engine in a race. */
export interface Racer {
  readonly name: string;
  /** False when it has its table in memory always: it then runs in no cold rounds. */
  readonly hasFiles: boolean;
  /**
   * Opens the engine, again if it was open: no column is in its memory then but that of the suite's
   * opening question.
   *
   * @returns how many milliseconds it took until that was answered.
   */
  open(): Promise<number>;
  /** The rows of a query, or null when the engine does not take part in it. */
  answer(query: string): Promise<Rows | null>;
  /** Runs a query once and says how many milliseconds it took. */
  time(query: string): Promise<number | null>;
}

/** Engines that compile while they run, ours among them, do it in these. */
const WARM_UP_ROUNDS = 30;

/** A slow query runs its loops long enough in fewer. */
const WARM_UP_BUDGET_MS = 10_000;

/** What an engine does after its answer, such as collecting garbage, is not to take the next one's time. */
const SETTLE_MS = 20;

/** A slow query gets fewer rounds than were asked for: as many as fit into this, but at least one. */
const QUERY_BUDGET_MS = 60_000;

/**
 * Runs one query on all engines in turns, so that whatever else the machine does meets all of them
 * alike, and checks their answers against the first engine's that has one.
 *
 * @returns samples of those engines whose answer is the same; what is the matter with the others.
 */
export async function raceHot(
  racers: readonly Racer[],
  query: BenchQuery,
  rounds: number,
): Promise<QueryResult> {
  const outcomes: Record<string, EngineOutcome> = {};
  const racing: Racer[] = [];
  let expected: { name: string; rows: Rows } | undefined;
  for (const racer of racers) {
    const answer = await answerOf(racer, query);
    if (answer === null) continue;
    if ('problem' in answer) {
      outcomes[racer.name] = { hotMs: [], coldMs: [], problem: answer.problem };
      continue;
    }
    expected ??= { name: racer.name, rows: answer.rows };
    const difference = compareAnswers(expected.rows, answer.rows, query);
    const text = `other than ${expected.name}'s answer: ${difference}`;
    outcomes[racer.name] = {
      hotMs: [],
      coldMs: [],
      ...(difference !== null && { problem: { kind: 'differs', text } }),
    };
    if (difference === null) racing.push(racer);
  }
  const [turn = []] = await takeTurns(racing, query, 1);
  const turnMs = turn.reduce((sum, elapsedMs) => sum + elapsedMs, 0);
  const within = (budgetMs: number): number =>
    Math.max(1, Math.floor(budgetMs / Math.max(turnMs, 1e-3)));
  await takeTurns(racing, query, Math.min(WARM_UP_ROUNDS, within(WARM_UP_BUDGET_MS)) - 1);
  const samples = await takeTurns(racing, query, Math.min(rounds, within(QUERY_BUDGET_MS)));
  for (const [index, { name }] of racing.entries()) {
    outcomes[name] = { hotMs: samples.map((round) => round[index]!), coldMs: [] };
  }
  return { name: query.name, sql: query.sql, outcomes };
}

/** Adds samples in which each engine has just been opened and so has no column in memory. */
export async function raceCold(
  racers: readonly Racer[],
  query: BenchQuery,
  result: QueryResult,
  rounds: number,
): Promise<QueryResult> {
  const racing = racers.filter(
    ({ name, hasFiles }) => hasFiles && (result.outcomes[name]?.hotMs.length ?? 0) > 0,
  );
  const samples = await takeTurns(racing, query, rounds, (racer) => racer.open());
  const outcomes = { ...result.outcomes };
  for (const [index, { name }] of racing.entries()) {
    outcomes[name] = { ...outcomes[name]!, coldMs: samples.map((round) => round[index]!) };
  }
  return { ...result, outcomes };
}

async function answerOf(
  racer: Racer,
  { name }: BenchQuery,
): Promise<{ rows: Rows } | Required<Pick<EngineOutcome, 'problem'>> | null> {
  try {
    const rows = await racer.answer(name);
    return rows === null ? null : { rows };
  } catch (error) {
    const unsupported = error instanceof Error && 'code' in error && error.code === 'NOT_SUPPORTED';
    const text = error instanceof Error ? error.message : String(error);
    return { problem: { kind: unsupported ? 'not supported' : 'failed', text } };
  }
}

/** Samples A B C A B C …, one list a round, in the order of the racers. */
async function takeTurns(
  racers: readonly Racer[],
  { name }: BenchQuery,
  rounds: number,
  before: (racer: Racer) => Promise<unknown> = async () => {},
): Promise<number[][]> {
  const samples: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const times: number[] = [];
    for (const racer of racers) {
      await before(racer);
      await setTimeout(SETTLE_MS);
      times.push((await racer.time(name)) ?? 0);
    }
    samples.push(times);
  }
  return samples;
}
