import type { CharacterSet } from './character-set.ts';

/** A place between two characters that must be of a certain kind. */
export type Assertion =
  | 'text_start'
  | 'text_end'
  | 'line_start'
  | 'line_end'
  | 'word_boundary'
  | 'no_word_boundary';

/** A repetition; `max` is Infinity where there is none. */
export interface RepeatNode {
  readonly kind: 'repeat';
  readonly body: RegexpNode;
  readonly min: number;
  readonly max: number;
  readonly isGreedy: boolean;
}

/** The syntax tree of a regular expression. Groups count from 1 in order of their parentheses. */
export type RegexpNode =
  | { readonly kind: 'character'; readonly codePoint: number }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'group'; readonly index: number; readonly body: RegexpNode }
  | { readonly kind: 'sequence'; readonly items: readonly RegexpNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexpNode[] }
  | RepeatNode;
