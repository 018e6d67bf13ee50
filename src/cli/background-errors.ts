import { EngineError } from '../base/errors.ts';
import { note } from './terminal.ts';

/**
 * Reports what goes wrong behind the scenes of a running role: one line for what can happen, all that
 * is known for a defect.
 */
export function reportBackgroundError(error: unknown): void {
  if (error instanceof EngineError) note(`nyala: ${error.message}`);
  else note(`nyala: internal error: ${error instanceof Error ? error.stack : String(error)}`);
}
