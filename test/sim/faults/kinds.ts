import type { World } from '../world.ts';
import { CLIENT_FAULTS } from './client-faults.ts';
import { CLOCK_FAULTS } from './clock-faults.ts';
import { DISK_FAULTS } from './disk-faults.ts';
import type { HarmGuard } from './harm-guard.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';

/** What a fault works on. */
export interface FaultContext {
  readonly world: World;
  readonly guard: HarmGuard;
}

/** Ends a fault; called once. */
export type Heal = () => void;

/** One way in which things go wrong. */
export interface FaultKind<C = FaultContext> {
  readonly name: string;
  /** How long it lasts, on average. */
  readonly durationMs: number;
  /** Begins one, on a victim it draws; null when it is not possible now. */
  begin(context: C): Heal | null;
}

/** Every kind of fault there is. */
export const FAULT_KINDS: readonly FaultKind[] = [
  ...NETWORK_FAULTS,
  ...PROCESS_FAULTS,
  ...CLOCK_FAULTS,
  ...DISK_FAULTS,
  ...CLIENT_FAULTS,
];
