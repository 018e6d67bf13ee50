import type { Clock, Timer } from '../io/clock.ts';
import { Cancellation } from './cancellation.ts';
import { type LeafAnswers, releaseAnswers } from './leaf-answers.ts';

/** One way to get the answers of a part of a query. */
export type Attempt = (cancellation: Cancellation) => Promise<LeafAnswers>;

/** How the part of a query that is one server's share comes to its answers. */
export interface PartRaceOptions {
  readonly clock: Clock;
  /** Ends the race: its query has failed, or has been cancelled. */
  readonly cancellation: Cancellation;
  /** Asks the server. */
  readonly ask: Attempt;
  /** Asks other replicas for all of it after the server's failure. */
  readonly failOver: (failure: unknown) => Attempt;
  /** Asks other replicas beside the server; null when there are none, or it would be too much load. */
  readonly hedge: (isFree: boolean) => Attempt | null;
  /** True for failures after which other replicas may still answer. */
  readonly isReplicaFailure: (error: unknown) => boolean;
  readonly lateAfterMs: number;
  readonly silentAfterMs: number;
  /** Called when the server has failed, after others were asked. */
  readonly onFailed: (error: unknown) => void;
  /** Called when the server has been silent for long, or others were faster. */
  readonly onSilence: () => void;
  /** Calls back when the server turns out not to be well; gives a function that ends that. */
  readonly onDown: (action: () => void) => () => void;
  /** The time after which an answer without this part is better than none; null when none is wanted. */
  readonly giveUp: GiveUp | null;
}

/** How a part is left out. */
export interface GiveUp {
  readonly time: Cancellation;
  /** What stands for the part then. */
  readonly missing: (failure: unknown) => LeafAnswers;
}

/** Times that other replicas are asked beside a server that has not answered. */
const HEDGES_MAX = 2;

/**
 * Gets the answers of one server's share exactly once, whoever gives them: the server, or other replicas that
 * are asked when it fails, when it is late, or when it turns out not to be well. Whoever loses is cancelled,
 * and what it still answers is let go of.
 */
export function racePart(options: PartRaceOptions): Promise<LeafAnswers> {
  return new PartRace(options).run();
}

class PartRace {
  readonly #options: PartRaceOptions;
  readonly #attempts = new Set<Cancellation>();
  readonly #endings: (() => void)[] = [];
  #timer: Timer | null = null;
  /** The request to the server, as long as it runs. */
  #asking: Cancellation | null = null;
  #hedges = 0;
  #hasFailedOver = false;
  #isOver = false;
  /** Of the server itself; null while it has not failed. */
  #askFailure: unknown = null;
  #firstFailure: unknown = null;
  #resolve: (answers: LeafAnswers) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(options: PartRaceOptions) {
    this.#options = options;
  }

  run(): Promise<LeafAnswers> {
    const { clock, cancellation, giveUp, onDown, ask, lateAfterMs, onFailed } = this.#options;
    const result = new Promise<LeafAnswers>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const stop = (): void => this.#fail(cancellation.reason);
    this.#endings.push(cancellation.onCancel(stop));
    if (giveUp !== null) {
      const leaveOut = (): void => this.#succeed(giveUp.missing(this.#firstFailure));
      this.#endings.push(giveUp.time.onCancel(leaveOut));
    }
    if (this.#isOver) return result;
    this.#endings.push(onDown(() => this.#hedge(true)));
    this.#timer = clock.schedule(lateAfterMs, () => this.#late());
    this.#asking = this.#start(async (own) => {
      try {
        return await ask(own);
      } catch (error) {
        this.#askFailure = error;
        throw error;
      }
    }, onFailed);
    return result;
  }

  #late(): void {
    const { clock, silentAfterMs, lateAfterMs, onSilence } = this.#options;
    this.#hedge(false);
    this.#timer = clock.schedule(Math.max(0, silentAfterMs - lateAfterMs), () => {
      onSilence();
      this.#hedge(false);
    });
  }

  /** Asks other replicas, too; without cost to the budget when the server is not well. */
  #hedge(isFree: boolean): void {
    if (this.#isOver || this.#hasFailedOver) return;
    if (this.#attempts.size > 1 || this.#hedges >= HEDGES_MAX) return;
    const attempt = this.#options.hedge(isFree);
    if (attempt === null) return;
    this.#hedges++;
    this.#start(attempt);
  }

  #start(attempt: Attempt, onFailed: (error: unknown) => void = () => {}): Cancellation {
    const own = new Cancellation();
    this.#attempts.add(own);
    attempt(own).then(
      (answers) => {
        this.#attempts.delete(own);
        // A whole answer may still come from the other one.
        const isWanted = answers.missing.length === 0 || this.#attempts.size === 0;
        if (isWanted) this.#succeed(answers);
        else releaseAnswers(answers);
      },
      (error: unknown) => {
        this.#attempts.delete(own);
        this.#attemptFailed(error);
        onFailed(error);
      },
    );
    return own;
  }

  #attemptFailed(error: unknown): void {
    if (this.#isOver) return;
    const { isReplicaFailure, failOver, giveUp } = this.#options;
    this.#firstFailure ??= error;
    if (!isReplicaFailure(error)) this.#fail(error);
    else if (this.#attempts.size > 0) return;
    else if (!this.#hasFailedOver) {
      this.#hasFailedOver = true;
      this.#start(failOver(this.#askFailure));
    } else if (giveUp !== null) this.#succeed(giveUp.missing(this.#firstFailure));
    else this.#fail(this.#firstFailure);
  }

  #succeed(answers: LeafAnswers): void {
    if (this.#isOver) {
      releaseAnswers(answers);
      return;
    }
    if (this.#asking !== null && this.#attempts.has(this.#asking)) this.#options.onSilence();
    this.#end();
    this.#resolve(answers);
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    for (const ending of this.#endings) ending();
    for (const attempt of this.#attempts) attempt.cancel(null);
  }
}
