/** Levels of importance, the least first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** How lines are written: for people, or as JSON objects for machines. */
export const LOG_FORMATS = ['text', 'json'] as const;

/** Facts of a log line, by name; never a secret, and never a literal of a user's query. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a role tells what happens. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** @param error what went wrong; its stack is written when it is a defect. */
  error(message: string, error: unknown, fields?: LogFields): void;
}

/** A log that nobody reads. */
export const noLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
