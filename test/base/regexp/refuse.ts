import { EngineError } from '../../../src/base/errors.ts';
import type { RegexpFlags } from '../../../src/base/regexp/parse.ts';

/** Errors as they are. */
export function refuse(code: 'INVALID_QUERY' | 'NOT_SUPPORTED', message: string): EngineError {
  return new EngineError(code, message);
}

/** Flags by their letters. */
export function flagsOf(letters: string): RegexpFlags {
  return {
    ignoreCase: letters.includes('i'),
    multiLine: letters.includes('m'),
    dotAll: letters.includes('s'),
    isUngreedy: letters.includes('U'),
  };
}
