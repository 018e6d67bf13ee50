import { REGEXP_CHARACTERS_MAX } from '../limits.ts';
import { type ByteProgram, byteProgramOf } from './byte-program.ts';
import { compileRegexp, type Program } from './compile.ts';
import { RegexpMachine } from './machine.ts';
import { parseRegexp, type RegexpFlags } from './parse.ts';
import type { Refusal } from './reader.ts';

/** The places of a match, UTF-16 offsets: start and end of the whole and of each group in turn. */
export type Match = Int32Array;

/**
 * A regular expression in RE2's syntax that matches in time linear in the text, whatever the pattern.
 * A character is a Unicode code point; `\d`, `\w`, `\s` and `\b` know ASCII only.
 */
export class Regexp {
  /** Capturing groups, the whole match not counted. */
  readonly groupCount: number;
  /** Numbers of the groups that have a name. */
  readonly groupNames: ReadonlyMap<string, number>;
  readonly #program: Program;
  readonly #machine: RegexpMachine;
  #bytes: { readonly program: ByteProgram | null } | null = null;

  /** @throws what `refuse` makes, INVALID_QUERY or NOT_SUPPORTED, with the place in the pattern. */
  constructor(pattern: string, flags: RegexpFlags, refuse: Refusal) {
    if (pattern.length > REGEXP_CHARACTERS_MAX) {
      throw refuse(
        'INVALID_QUERY',
        `regular expression: a pattern has ${REGEXP_CHARACTERS_MAX} characters at most, found ${pattern.length}`,
      );
    }
    const parsed = parseRegexp(pattern, flags, refuse);
    this.groupCount = parsed.groupCount;
    this.groupNames = parsed.groupNames;
    this.#program = compileRegexp(parsed, refuse);
    this.#machine = new RegexpMachine(this.#program);
  }

  /** The program over UTF-8, made when it is first asked for; null when it would be too long. */
  get bytes(): ByteProgram | null {
    this.#bytes ??= { program: byteProgramOf(this.#program) };
    return this.#bytes.program;
  }

  /** A text that is in every match; empty when none is known. */
  get required(): string {
    return this.#program.required;
  }

  /** Steps that all matches together took: at most instructions times characters. */
  get stepCount(): number {
    return this.#machine.stepCount;
  }

  /** True when the pattern matches somewhere in the text. */
  test(text: string): boolean {
    return this.#machine.run(text, 0, 0) !== null;
  }

  /**
   * The first match from an offset on, or null. Anchors and word boundaries see the text before it.
   *
   * @param groupCount how many groups' places are wanted; −1 stands for a group without part.
   */
  find(text: string, start: number, groupCount = this.groupCount): Match | null {
    return this.#machine.run(text, start, 2 * (groupCount + 1));
  }

  /** All matches from an offset on that do not overlap; an empty one never touches the one before. */
  *findAll(text: string, start: number, groupCount = this.groupCount): Generator<Match> {
    let previousEnd = -1;
    for (let place = start; place <= text.length; ) {
      const match = this.find(text, place, groupCount);
      if (match === null) return;
      const [from, to] = [match[0]!, match[1]!];
      const isEmpty = from === to;
      if (!isEmpty || from !== previousEnd) yield match;
      previousEnd = to;
      place = isEmpty ? to + (text.codePointAt(to)! > 0xffff ? 2 : 1) : to;
    }
  }
}
