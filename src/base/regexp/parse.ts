import { REGEXP_DEPTH_MAX, REGEXP_GROUPS_MAX, REGEXP_REPEAT_MAX } from '../limits.ts';
import { CharacterSet, caseVariantsOf, setOf } from './character-set.ts';
import type { Assertion, RegexpNode } from './node.ts';
import { parseClass } from './parse-class.ts';
import { parseEscape } from './parse-escape.ts';
import { PatternReader, type Refusal } from './reader.ts';

/** What the letters of `(?imsU)` switch. */
export interface RegexpFlags {
  /** `i`: letters match in both cases. */
  readonly ignoreCase: boolean;
  /** `m`: `^` and `$` also match at line breaks. */
  readonly multiLine: boolean;
  /** `s`: the dot matches a line break, too. */
  readonly dotAll: boolean;
  /** `U`: quantifiers are lazy, and greedy with a `?`. */
  readonly isUngreedy: boolean;
}

/** A pattern's tree and what it needs to know of its groups. */
export interface ParsedRegexp {
  readonly tree: RegexpNode;
  readonly groupCount: number;
  /** Numbers of the groups that have a name. */
  readonly groupNames: ReadonlyMap<string, number>;
}

/**
 * Parses a pattern in RE2's syntax (github.com/google/re2/wiki/Syntax).
 *
 * @throws what `refuse` makes: INVALID_QUERY for a pattern that is wrong or too large, NOT_SUPPORTED
 *   for back-references, look-around and other things that no linear-time engine has.
 */
export function parseRegexp(pattern: string, flags: RegexpFlags, refuse: Refusal): ParsedRegexp {
  return new Parser(new PatternReader(pattern, refuse), flags).parse();
}

const EMPTY: RegexpNode = { kind: 'sequence', items: [] };
const LINE_BREAK = 10;
const NOT_LINE_BREAK = setOf([LINE_BREAK, LINE_BREAK], true);
const ANYTHING = setOf([], true);

const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ['A', 'text_start'],
  ['z', 'text_end'],
  ['b', 'word_boundary'],
  ['B', 'no_word_boundary'],
]);

/** What may follow `(?` in other engines, longest first. */
const FOREIGN_GROUPS: readonly (readonly [string, string])[] = [
  ['<=', 'look-behind (?<=…)'],
  ['<!', 'look-behind (?<!…)'],
  ['=', 'look-ahead (?=…)'],
  ['!', 'look-ahead (?!…)'],
  ['>', 'an atomic group (?>…)'],
  ['P=', 'a back-reference (?P=…)'],
  ['P>', 'recursion (?P>…)'],
  ['R', 'recursion (?R)'],
  ['#', 'a comment (?#…)'],
  ['(', 'a conditional group (?(…)…)'],
  ['|', 'a branch reset (?|…)'],
];

const FLAG_NAMES: ReadonlyMap<string, keyof RegexpFlags> = new Map<string, keyof RegexpFlags>([
  ['i', 'ignoreCase'],
  ['m', 'multiLine'],
  ['s', 'dotAll'],
  ['U', 'isUngreedy'],
]);

class Parser {
  readonly #reader: PatternReader;
  readonly #groupNames = new Map<string, number>();
  #flags: RegexpFlags;
  #groupCount = 0;
  #depth = 0;

  constructor(reader: PatternReader, flags: RegexpFlags) {
    this.#reader = reader;
    this.#flags = flags;
  }

  parse(): ParsedRegexp {
    const tree = this.#choice();
    if (this.#reader.peek() !== '') throw this.#reader.invalid('found ) without its (');
    return { tree, groupCount: this.#groupCount, groupNames: this.#groupNames };
  }

  #choice(): RegexpNode {
    const options = [this.#sequence()];
    while (this.#reader.accept('|')) options.push(this.#sequence());
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  #sequence(): RegexpNode {
    const items: RegexpNode[] = [];
    for (;;) {
      const next = this.#reader.peek();
      if (next === '' || next === '|' || next === ')') break;
      const atoms = this.#reader.accept('\\Q') ? this.#quoted() : [this.#atom()];
      const last = atoms.pop();
      items.push(...atoms);
      if (last !== undefined) items.push(this.#quantified(last));
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  }

  /** The plain characters of `\Q…\E`; the end of the pattern closes it as well. */
  #quoted(): RegexpNode[] {
    const items: RegexpNode[] = [];
    while (this.#reader.peek() !== '' && !this.#reader.accept('\\E')) {
      items.push(this.#character(this.#reader.take().codePointAt(0)!));
    }
    return items;
  }

  #atom(): RegexpNode {
    const { multiLine, dotAll, ignoreCase } = this.#flags;
    const offset = this.#reader.offset;
    const character = this.#reader.take();
    switch (character) {
      case '.':
        return { kind: 'set', set: dotAll ? ANYTHING : NOT_LINE_BREAK };
      case '^':
        return { kind: 'assertion', assertion: multiLine ? 'line_start' : 'text_start' };
      case '$':
        return { kind: 'assertion', assertion: multiLine ? 'line_end' : 'text_end' };
      case '[':
        return { kind: 'set', set: parseClass(this.#reader, ignoreCase) };
      case '(':
        return this.#group(offset);
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw this.#reader.invalid(`found nothing to repeat before ${character}`, offset);
      default:
        return this.#character(character.codePointAt(0)!);
    }
  }

  #character(codePoint: number): RegexpNode {
    if (!this.#flags.ignoreCase) return { kind: 'character', codePoint };
    return { kind: 'set', set: caseVariantsOf(codePoint) };
  }

  #escape(): RegexpNode {
    const assertion = ASSERTIONS.get(this.#reader.peek());
    if (assertion !== undefined) {
      this.#reader.take();
      return { kind: 'assertion', assertion };
    }
    const escaped = parseEscape(this.#reader);
    switch (escaped.kind) {
      case 'character':
        return this.#character(escaped.codePoint);
      case 'ranges':
        return { kind: 'set', set: setOf(escaped.ranges) };
      case 'property':
        return {
          kind: 'set',
          set: new CharacterSet({ ranges: [], properties: [escaped], isNegated: false }),
        };
    }
  }

  #group(offset: number): RegexpNode {
    const outerFlags = this.#flags;
    let index: number | null = null;
    if (!this.#reader.accept('?')) {
      index = this.#newGroup(offset);
    } else {
      for (const [text, what] of FOREIGN_GROUPS) {
        if (this.#reader.accept(text)) throw this.#reader.unsupported(what, offset);
      }
      if (this.#reader.accept('P<') || this.#reader.accept('<')) {
        index = this.#newGroup(offset);
        this.#nameGroup(index, offset);
      } else if (!this.#readFlags(offset)) {
        return EMPTY;
      }
    }
    if (++this.#depth > REGEXP_DEPTH_MAX) {
      throw this.#reader.invalid(`groups nest deeper than ${REGEXP_DEPTH_MAX}`, offset);
    }
    const body = this.#choice();
    this.#depth--;
    if (!this.#reader.accept(')')) throw this.#reader.invalid('expected ) for this (', offset);
    this.#flags = outerFlags;
    return index === null ? body : { kind: 'group', index, body };
  }

  #newGroup(offset: number): number {
    if (this.#groupCount < REGEXP_GROUPS_MAX) return ++this.#groupCount;
    throw this.#reader.invalid(`more than ${REGEXP_GROUPS_MAX} groups`, offset);
  }

  #nameGroup(index: number, offset: number): void {
    const name = this.#reader.takeUntil('>');
    if (name === null || !/^\w+$/.test(name)) {
      throw this.#reader.invalid('expected a name of letters, digits and _ for the group', offset);
    }
    if (this.#groupNames.has(name)) {
      throw this.#reader.invalid(`two groups are called ${name}`, offset);
    }
    this.#groupNames.set(name, index);
  }

  /** Reads `i-m:` or `i-m)`; false for the latter, which switches the rest of the group around. */
  #readFlags(offset: number): boolean {
    let value = true;
    for (;;) {
      const letter = this.#reader.take();
      if (letter === ':') return true;
      if (letter === ')') return false;
      if (letter === '-' && value) {
        value = false;
        continue;
      }
      const name = FLAG_NAMES.get(letter);
      if (name === undefined) throw this.#reader.invalid('unknown kind of group', offset);
      this.#flags = { ...this.#flags, [name]: value };
    }
  }

  #quantified(body: RegexpNode): RegexpNode {
    const offset = this.#reader.offset;
    const counts = this.#quantifier();
    if (counts === null) return body;
    if (this.#reader.peek() === '+')
      throw this.#reader.unsupported('a possessive quantifier', offset);
    const isGreedy = this.#reader.accept('?') === this.#flags.isUngreedy;
    const [min, max] = counts;
    const second = this.#reader.offset;
    if (this.#quantifier() !== null) {
      throw this.#reader.invalid('found a quantifier after another; write a group', second);
    }
    return { kind: 'repeat', body, min, max, isGreedy };
  }

  /** The least and greatest count, or null and nothing read when no quantifier comes next. */
  #quantifier(): readonly [number, number] | null {
    if (this.#reader.accept('*')) return [0, Infinity];
    if (this.#reader.accept('+')) return [1, Infinity];
    if (this.#reader.accept('?')) return [0, 1];
    const offset = this.#reader.offset;
    if (!this.#reader.accept('{')) return null;
    const counts = /^(?<min>\d+)(?<comma>,(?<max>\d*))?$/.exec(this.#reader.takeUntil('}') ?? '');
    if (counts === null) {
      this.#reader.rewind(offset);
      // Braces that hold no counts stand for themselves.
      return null;
    }
    const { min: minText = '', comma, max: maxText = '' } = counts.groups ?? {};
    const min = Number(minText);
    const bounded = comma === undefined ? min : Number(maxText);
    const max = comma !== undefined && maxText === '' ? Infinity : bounded;
    if (min > REGEXP_REPEAT_MAX || (max !== Infinity && max > REGEXP_REPEAT_MAX)) {
      throw this.#reader.invalid(`a count above ${REGEXP_REPEAT_MAX}`, offset);
    }
    if (min > max) throw this.#reader.invalid('the counts are the wrong way around', offset);
    return [min, max];
  }
}
