import { chance } from '../random.ts';
import type { World } from '../world.ts';
import type { FaultKind, Heal } from './kinds.ts';

/** How often things go wrong. */
export interface FaultRhythm {
  /** From one fault to the next, on average. */
  readonly intervalMs: number;
  /** Time without any fault before the next one; without it faults overlap. */
  readonly calmMs?: number;
}

const CALM_START_MS = 1_500;
const CALM_LOOK_MS = 250;

/**
 * Makes things go wrong. Which kinds of faults happen at all, and how often, is drawn for each
 * simulation ("swarm testing", Groce et al. 2012): some bugs only show when a kind is absent.
 */
export class Nemesis<C extends { readonly world: World }> {
  readonly kinds: readonly FaultKind<C>[];
  readonly #context: C;
  readonly #rhythm: FaultRhythm;
  readonly #heals = new Set<Heal>();
  #faultCount = 0;
  #healedMs = Number.NEGATIVE_INFINITY;
  #isOver = false;

  /**
   * @param context what faults work on.
   * @param kinds of faults, of which some are drawn.
   */
  constructor(context: C, kinds: readonly FaultKind<C>[], rhythm: FaultRhythm) {
    const { prng } = context.world;
    this.#context = context;
    const share = prng.float();
    this.kinds = kinds.filter(() => chance(prng, share));
    this.#rhythm = rhythm;
  }

  /** Faults so far. */
  get faultCount(): number {
    return this.#faultCount;
  }

  start(): void {
    if (this.kinds.length > 0) this.#next(CALM_START_MS);
  }

  /** Ends all faults and begins no more. */
  stop(): void {
    this.#isOver = true;
    for (const heal of [...this.#heals]) heal();
  }

  #next(delayMs: number): void {
    const { scheduler, prng } = this.#context.world;
    scheduler.after(delayMs, () => {
      if (this.#isOver) return;
      if (!this.#mayBegin()) {
        this.#next(CALM_LOOK_MS);
        return;
      }
      this.#begin(prng.pick(this.kinds));
      this.#next(-Math.log(1 - prng.float()) * this.#rhythm.intervalMs);
    });
  }

  #mayBegin(): boolean {
    const { calmMs } = this.#rhythm;
    if (calmMs === undefined) return true;
    return this.#heals.size === 0 && this.#context.world.scheduler.nowMs - this.#healedMs >= calmMs;
  }

  #begin(kind: FaultKind<C>): void {
    const { scheduler, prng } = this.#context.world;
    const end = kind.begin(this.#context);
    if (end === null) return;
    this.#faultCount++;
    scheduler.note('nemesis', kind.name);
    const heal = (): void => {
      if (!this.#heals.delete(heal)) return;
      scheduler.note('nemesis', 'end of', kind.name);
      this.#healedMs = scheduler.nowMs;
      end();
    };
    this.#heals.add(heal);
    scheduler.after(-Math.log(1 - prng.float()) * kind.durationMs, heal);
  }
}
