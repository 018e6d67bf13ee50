/** Tells the operator of a worker of a defect: workers have no other way out than their console. */
export function logError(error: unknown): void {
  console.error(error);
}
