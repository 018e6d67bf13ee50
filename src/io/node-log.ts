import { pino, type StreamEntry } from 'pino';
import { EngineError, errorMessage } from '../base/errors.ts';
import type { LOG_FORMATS, LOG_LEVELS, Log } from './log.ts';

/** What a log is like. */
export interface NodeLogOptions {
  /** Of the process, such as `server-2`. */
  readonly name: string;
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
  /** Takes whole lines; stderr by default. */
  readonly write?: (line: string) => void;
}

/** A log of this process, by pino. */
export function nodeLog(options: NodeLogOptions): Log {
  const { name, level, format, write = (line) => void process.stderr.write(line) } = options;
  const stream: StreamEntry['stream'] =
    format === 'json' ? { write } : { write: (line) => write(textLine(line)) };
  const settings = { name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = pino(settings, stream);
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, error, fields = {}) => logger.error({ ...fields, ...factsOf(error) }, message),
  };
}

/** One line for what can happen; all that is known for a defect. */
function factsOf(error: unknown): Record<string, unknown> {
  if (error instanceof EngineError) return { code: error.code, error: error.message };
  return { error: errorMessage(error), stack: error instanceof Error ? error.stack : undefined };
}

/** `12:00:00.000 warn broker-1: slow query (ms: 2000)`, and a stack below it. */
function textLine(json: string): string {
  const { level, time, name, msg, stack, ...facts } = JSON.parse(json);
  const details = Object.entries(facts).map(([key, value]) => `${key}: ${factText(value)}`);
  const shown = details.length === 0 ? '' : ` (${details.join(', ')})`;
  const below = stack === undefined ? '' : `\n${stack}`;
  return `${time} ${pino.levels.labels[level]} ${name}: ${msg}${shown}${below}\n`;
}

function factText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
