import { type ControllerParts, PRODUCTION_PARTS } from '../../../../src/controller/parts.ts';
import { override } from '../../sabotage/override.ts';
import { SafetyViolation } from '../../violation.ts';

/** Checks that a controller writes nothing any more once one that leads after it has written. */
export class TermOrder {
  readonly #fail: (error: unknown) => void;
  /** The latest term in which something was written. */
  #latest = -1;

  /** @param fail ends the simulation. */
  constructor(fail: (error: unknown) => void) {
    this.#fail = fail;
  }

  /** Parts of a controller whose writes are looked at. */
  observe(parts: ControllerParts = PRODUCTION_PARTS): ControllerParts {
    return {
      ...parts,
      createTerm: (client, number) => {
        const term = parts.createTerm(client, number);
        const update: typeof term.update = async (path, change) => {
          const latest = this.#latest;
          let writes = false;
          const result = await term.update(path, (current: Parameters<typeof change>[0]) => {
            const next = change(current);
            writes = next !== null;
            return next;
          });
          if (writes) this.#wrote(number, latest, path);
          return result;
        };
        return override(term, { update });
      },
    };
  }

  /** @param before the latest term that had written when this write began. */
  #wrote(number: number, before: number, path: string): void {
    this.#latest = Math.max(this.#latest, number);
    if (before <= number) return;
    const text = `a controller of term ${number} wrote ${path} after one of term ${before} had`;
    this.#fail(new SafetyViolation('terms of controllers', text));
  }
}
