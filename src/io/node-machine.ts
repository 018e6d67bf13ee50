import { totalmem } from 'node:os';

/** The engine's memory when nothing is said: half of the machine's. */
export function defaultMemoryBytes(): number {
  return Math.floor(totalmem() / 2);
}
