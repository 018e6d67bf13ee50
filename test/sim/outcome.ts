import { NoConvergence, SafetyViolation } from './violation.ts';

/** In which way a simulation failed. */
export type FailureKind = 'safety violation' | 'no convergence' | 'crash';

/** How a simulation failed. */
export interface Failure {
  readonly kind: FailureKind;
  /** Which check found it; the kind itself for others. */
  readonly checker: string;
  readonly message: string;
  /** The last happenings, oldest first. */
  readonly lastEvents: readonly string[];
}

/** What came out of a simulation. */
export interface Outcome {
  readonly seed: number;
  /** Equal for equal runs. */
  readonly traceHash: string;
  readonly failure: Failure | null;
  /** Who took part, for people. */
  readonly cluster: string;
  readonly faultKinds: readonly string[];
  readonly simulatedMs: number;
  readonly events: number;
  readonly faults: number;
  readonly operations: number;
  /** Parts of the history that were too hard to decide. */
  readonly undecided: number;
}

/** What was thrown as a failure. */
export function describeFailure(error: unknown): Omit<Failure, 'lastEvents'> {
  if (error instanceof SafetyViolation) {
    return { kind: 'safety violation', checker: error.checker, message: error.message };
  }
  if (error instanceof NoConvergence) {
    return { kind: 'no convergence', checker: 'no convergence', message: error.message };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: 'crash', checker: 'crash', message };
}
