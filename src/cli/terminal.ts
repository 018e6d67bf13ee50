import { errorMessage } from '../base/errors.ts';

/** Prints a line of the answer. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a line about what is going on, beside the answer. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints why a command failed, on one line, and makes the process end with code 1. */
export function fail(error: unknown): void {
  const message = errorMessage(error).replace(/\s*\n\s*/g, ' ');
  note(`nyala: ${message}`);
  process.exitCode = 1;
}

/** A whole number for people: `3,000,000`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** A duration for people: `850 ms`, `12 s`, `3 min 5 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/**
 * Resolves when the user (Ctrl-C) or the system asks the process to stop. Before it is called, signals
 * end the process at once: nothing that counts is lost by that, and setting up may take long.
 *
 * @param invitation printed once signals are heard, so that whoever reads it may send one.
 */
export function untilStopped(invitation: string): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    print(invitation);
  });
}
