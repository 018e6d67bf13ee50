import type { SimulatedNode } from '../cluster-node.ts';
import type { World } from '../world.ts';

/**
 * Keeps the model honest: no protocol survives when a majority of voters loses what it promised. So
 * faults that destroy acknowledged data hit a minority at a time, and a victim counts until it has
 * started again and says that it may vote.
 */
export class HarmGuard {
  readonly #victimsMax: number;
  readonly #mayBecomeVoter: boolean;
  /** The incarnation of a victim when its harm was over, endless while it goes on. */
  readonly #harmed = new Map<SimulatedNode, number>();

  /**
   * @param votersMin how many voters there are at least; fewer than in the beginning when members
   *   change, and then every node may become one.
   */
  constructor(world: World, votersMin: number) {
    this.#victimsMax = Math.floor((votersMin - 1) / 2);
    this.#mayBecomeVoter = votersMin < world.nodes.filter(({ isVoter }) => isVoter).length;
  }

  mayHarm(node: SimulatedNode): boolean {
    this.#forgetTheWhole();
    const counts = (other: SimulatedNode): boolean => other.isVoter || this.#mayBecomeVoter;
    if (!counts(node)) return !this.#harmed.has(node);
    const victims = [...this.#harmed.keys()].filter(counts).length;
    return !this.#harmed.has(node) && victims < this.#victimsMax;
  }

  /** The harm begins. */
  harm(node: SimulatedNode): void {
    this.#harmed.set(node, Number.POSITIVE_INFINITY);
    node.expectHarm();
  }

  /** The harm is over; a start is to follow. */
  over(node: SimulatedNode): void {
    this.#harmed.set(node, node.startCount);
  }

  #forgetTheWhole(): void {
    for (const [node, startCount] of this.#harmed) {
      const isBack = node.startCount > startCount && (node.status()?.mayVote ?? false);
      if (isBack) this.#harmed.delete(node);
    }
  }
}
