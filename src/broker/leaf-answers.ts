import type { LeafResult } from '../exec/leaf-service.ts';

/** What one server answered for its share. */
export interface LeafAnswer {
  readonly server: string;
  readonly result: LeafResult;
}

/** Segments that are left out of a partial answer. */
export interface MissingShare {
  readonly segments: readonly string[];
  /** Why nobody has answered for them. */
  readonly error: unknown;
  /** The server that was waited for; null when none could be asked. */
  readonly server: string | null;
}

/** Answers that together cover some segments, each once, but for what is missing. */
export interface LeafAnswers {
  readonly answers: readonly LeafAnswer[];
  readonly missing: readonly MissingShare[];
}

/** Both together. */
export function joinAnswers(parts: readonly LeafAnswers[]): LeafAnswers {
  const [only] = parts;
  if (parts.length === 1) return only!;
  return {
    answers: parts.flatMap(({ answers }) => answers),
    missing: parts.flatMap(({ missing }) => missing),
  };
}

/** Lets go of the memory behind answers that are of no use any more. */
export function releaseAnswers({ answers }: LeafAnswers): void {
  for (const { result } of answers) result.release();
}

/** Lets go of what may still come. */
export function releaseLate(pending: Promise<LeafAnswers>): void {
  pending.then(releaseAnswers, () => undefined);
}
