/** A broken promise of the coordinator. */
export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
  /** The check that found it. */
  readonly checker: string;

  constructor(checker: string, message: string) {
    super(message);
    this.checker = checker;
  }
}

/** It did not come to rest in time after all faults had ended. */
export class NoConvergence extends Error {
  override readonly name = 'NoConvergence';
}
