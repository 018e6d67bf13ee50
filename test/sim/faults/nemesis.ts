import { chance } from '../random.ts';
import type { World } from '../world.ts';
import { HarmGuard } from './harm-guard.ts';
import { FAULT_KINDS, type FaultKind, type Heal } from './kinds.ts';

const CALM_START_MS = 1_500;

/**
 * Makes things go wrong. Which kinds of faults happen at all, and how often, is drawn for each
 * simulation ("swarm testing", Groce et al. 2012): some bugs only show when a kind is absent.
 */
export class Nemesis {
  readonly kinds: readonly FaultKind[];
  readonly #world: World;
  readonly #guard: HarmGuard;
  readonly #intervalMs: number;
  readonly #heals = new Set<Heal>();
  #faultCount = 0;
  #isOver = false;

  /**
   * @param intervalMs from one fault to the next, on average.
   * @param votersMin how many voters there are at least.
   */
  constructor(world: World, intervalMs: number, votersMin: number) {
    const { prng } = world;
    this.#world = world;
    this.#guard = new HarmGuard(world, votersMin);
    const share = prng.float();
    this.kinds = FAULT_KINDS.filter(() => chance(prng, share));
    this.#intervalMs = intervalMs;
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
    this.#world.scheduler.after(delayMs, () => {
      if (this.#isOver) return;
      this.#begin(this.#world.prng.pick(this.kinds));
      this.#next(-Math.log(1 - this.#world.prng.float()) * this.#intervalMs);
    });
  }

  #begin(kind: FaultKind): void {
    const { scheduler, prng } = this.#world;
    const end = kind.begin({ world: this.#world, guard: this.#guard });
    if (end === null) return;
    this.#faultCount++;
    scheduler.note('nemesis', kind.name);
    const heal = (): void => {
      if (!this.#heals.delete(heal)) return;
      scheduler.note('nemesis', 'end of', kind.name);
      end();
    };
    this.#heals.add(heal);
    scheduler.after(-Math.log(1 - prng.float()) * kind.durationMs, heal);
  }
}
