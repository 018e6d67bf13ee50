import { totalmem } from 'node:os';
import { ARENA_BYTES_MAX } from '../base/limits.ts';

/** The engine's memory when nothing is said: one full arena, but at most half of the machine's. */
export function defaultMemoryBytes(): number {
  return Math.min(ARENA_BYTES_MAX, Math.floor(totalmem() / 2));
}
