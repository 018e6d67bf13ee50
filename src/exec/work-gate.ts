import { EngineError } from '../base/errors.ts';
import type { Clock, Timer } from '../io/clock.ts';

/** How much goes on at a time, and how much waits for that. */
export interface WorkGateOptions {
  readonly clock: Clock;
  readonly runningMax: number;
  /** Memory that all running work may hold before more is let in; one piece always is. */
  readonly bytesMax: number;
  readonly waitingMax: number;
  /**
   * The longest wait that is begun, as far as can be told; one that turns out longer ends after
   * `PATIENCE` times of it.
   */
  readonly waitMsMax: number;
  /** The error of what is not let in. */
  readonly refusal: (reason: string, retryAfterMs: number) => EngineError;
}

/** What is let in has one of these. */
export interface Pass {
  /** How long it has waited. */
  readonly waitedMs: number;
  /** Says how much memory the work holds now. */
  hold(bytes: number): void;
  /** Ends the work, but not what it holds: others may go on, as far as memory lets them. */
  rest(): void;
  /** Ends the work, and gives back what it holds. To be called once. */
  leave(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly sinceMs: number;
  readonly admit: (pass: Pass) => void;
}

/** A wait that turns out longer than was told may be about to end. */
const PATIENCE = 3;

/** The weight of the last piece of work in the mean of what they take. */
const MEAN_WEIGHT = 0.1;

/**
 * Lets in as much work as can go on at a time; what comes then waits for its turn, first come, first served,
 * and what would wait too long is refused at once, so that whoever asked can do something else.
 */
export class WorkGate {
  readonly #options: WorkGateOptions;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #heldBytes = 0;
  #workMsMean = 0;

  constructor(options: WorkGateOptions) {
    this.#options = options;
  }

  /** Pieces of work that go on, and that wait. */
  get counts(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running, waiting: this.#waiting.size };
  }

  /** Memory that the work holds, as far as it has said. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Looks whether one more piece of work would be let in before long.
   *
   * @throws the refusal when not.
   */
  check(): void {
    const { runningMax, waitingMax, waitMsMax, refusal } = this.#options;
    if (this.#waiting.size === 0 && this.#running < runningMax) return;
    const { running, waiting } = this.counts;
    const waitMs = (this.#workMsMean * (waiting + 1)) / Math.max(1, running);
    if (waiting >= waitingMax) throw refusal(`${running} run and ${waiting} wait`, waitMs);
    if (waitMs <= waitMsMax) return;
    const reason = `${running} run and ${waiting} wait, which takes some ${Math.ceil(waitMs)} ms`;
    throw refusal(reason, waitMs);
  }

  /**
   * Waits until the work may go on.
   *
   * @param bytes what it will hold, as far as is known.
   * @param waitMsMax the longest that it can wait, if that is shorter than for all.
   * @throws the refusal, at once or when the wait was too long; EngineError CANCELLED after the signal.
   */
  async enter(
    bytes: number,
    waitMsMax = Number.POSITIVE_INFINITY,
    signal?: AbortSignal,
  ): Promise<Pass> {
    if (this.#waiting.size === 0 && this.#hasRoom(bytes)) return this.#admit(bytes, 0);
    this.check();
    return this.#wait(bytes, Math.min(waitMsMax, PATIENCE * this.#options.waitMsMax), signal);
  }

  #wait(bytes: number, waitMs: number, signal: AbortSignal | undefined): Promise<Pass> {
    const { clock, refusal } = this.#options;
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null;
      const end = (): void => {
        this.#waiting.delete(waiting);
        timer?.cancel();
        signal?.removeEventListener('abort', cancel);
      };
      const cancel = (): void => {
        end();
        reject(new EngineError('CANCELLED', 'execution: the query was cancelled'));
        this.#admitWaiting();
      };
      const admit = (pass: Pass): void => {
        end();
        resolve(pass);
      };
      const waiting: Waiting = { bytes, sinceMs: clock.monotonicMs(), admit };
      this.#waiting.add(waiting);
      timer = clock.schedule(waitMs, () => {
        end();
        reject(refusal(`it has waited ${Math.ceil(waitMs)} ms`, waitMs));
        this.#admitWaiting();
      });
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
    });
  }

  #hasRoom(bytes: number): boolean {
    const { runningMax, bytesMax } = this.#options;
    if (this.#running === 0) return true;
    return this.#running < runningMax && this.#heldBytes + bytes <= bytesMax;
  }

  #admit(expectedBytes: number, waitedMs: number): Pass {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    let held = expectedBytes;
    let isRunning = true;
    this.#running++;
    this.#heldBytes += held;
    const rest = (): void => {
      if (!isRunning) return;
      isRunning = false;
      this.#running--;
      const workMs = clock.monotonicMs() - startMs;
      this.#workMsMean += MEAN_WEIGHT * (workMs - this.#workMsMean);
      this.#admitWaiting();
    };
    return {
      waitedMs,
      hold: (bytes) => {
        this.#heldBytes += Math.max(bytes, expectedBytes) - held;
        held = Math.max(bytes, expectedBytes);
      },
      rest,
      leave: () => {
        this.#heldBytes -= held;
        held = 0;
        if (isRunning) rest();
        else this.#admitWaiting();
      },
    };
  }

  #admitWaiting(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { bytes, sinceMs, admit } of this.#waiting) {
      if (!this.#hasRoom(bytes)) return;
      admit(this.#admit(bytes, nowMs - sinceMs));
    }
  }
}
