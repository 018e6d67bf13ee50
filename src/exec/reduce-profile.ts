import type { Clock } from '../io/clock.ts';
import { emptyOperator, type OperatorProfile } from './profile.ts';
import type { Steps } from './steps.ts';

/** The steps of the broker's part that take time of their own, in their order. */
export type ReduceStage =
  | ('merge' | 'having' | 'windows' | 'qualify')
  | ('project' | 'distinct' | 'gapfill' | 'sort');

/** What the stages of a reduce did that it went through. */
export class ReduceProfile {
  readonly stages = new Map<ReduceStage, OperatorProfile>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same steps; their time, without the pauses between them, goes to a stage. */
  *timed<T>(stage: ReduceStage, steps: Steps<T>): Steps<T> {
    const operator = this.#stage(stage);
    for (;;) {
      const startMs = this.#clock.monotonicMs();
      const step = steps.next();
      operator.timeMs += this.#clock.monotonicMs() - startMs;
      if (step.done) return step.value;
      yield;
    }
  }

  /** Adds the rows that a stage got and passed on. */
  rows(stage: ReduceStage, rowsIn: number, rowsOut: number): void {
    const operator = this.#stage(stage);
    operator.rowsIn += rowsIn;
    operator.rowsOut += rowsOut;
  }

  #stage(stage: ReduceStage): OperatorProfile {
    const known = this.stages.get(stage) ?? emptyOperator();
    this.stages.set(stage, known);
    return known;
  }
}
