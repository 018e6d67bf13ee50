import { REGEXP_INSTRUCTIONS_MAX } from '../limits.ts';
import type { CharacterSet } from './character-set.ts';
import type { Assertion, RegexpNode, RepeatNode } from './node.ts';
import type { ParsedRegexp } from './parse.ts';
import type { Refusal } from './reader.ts';

/** Instruction codes. */
export const OPERATION = {
  /** The next character is `first`. */
  character: 0,
  /** The next character is in set `first`. */
  set: 1,
  /** The place is as assertion `first` says. */
  assertion: 2,
  /** Notes the place in slot `first`. */
  save: 3,
  /** Goes on at `first` and, with less right, at `second`. */
  split: 4,
  /** Goes on at `first`. */
  jump: 5,
  /** The pattern has matched. */
  match: 6,
} as const;

/** A compiled pattern: the instructions of a Pike machine, which start at 0. */
export interface Program {
  readonly operations: Uint8Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly sets: readonly CharacterSet[];
  readonly assertions: readonly Assertion[];
  /** Text that every match starts with; empty when there is none. */
  readonly prefix: string;
  /** The longest text found that is in every match; empty when there is none. */
  readonly required: string;
  /** True when a match can only start where the text does. */
  readonly isAnchored: boolean;
}

/**
 * Compiles a tree (Thompson 1968; Cox, "Regular Expression Matching: the Virtual Machine Approach",
 * 2009). Alternatives come in the order of preference of a backtracking search.
 *
 * @throws what `refuse` makes: INVALID_QUERY when the program would be too long.
 */
export function compileRegexp({ tree }: ParsedRegexp, refuse: Refusal): Program {
  const compiler = new Compiler(refuse);
  // Slots 0 and 1 are the whole match.
  compiler.emit(OPERATION.save, 0);
  compiler.compile(tree);
  compiler.emit(OPERATION.save, 1);
  compiler.emit(OPERATION.match);
  const [start] = leadingItems(tree);
  return {
    operations: Uint8Array.from(compiler.operations),
    first: Int32Array.from(compiler.first),
    second: Int32Array.from(compiler.second),
    sets: compiler.sets,
    assertions: compiler.assertions,
    prefix: prefixOf(tree),
    required: requiredText(tree),
    isAnchored: start?.kind === 'assertion' && start.assertion === 'text_start',
  };
}

class Compiler {
  readonly operations: number[] = [];
  readonly first: number[] = [];
  readonly second: number[] = [];
  readonly sets: CharacterSet[] = [];
  readonly assertions: Assertion[] = [];
  readonly #refuse: Refusal;
  #nodeCount = 0;

  constructor(refuse: Refusal) {
    this.#refuse = refuse;
  }

  /** Appends an instruction and returns its address. */
  emit(operation: number, first = 0, second = 0): number {
    this.first.push(first);
    this.second.push(second);
    return this.operations.push(operation) - 1;
  }

  compile(node: RegexpNode): void {
    this.#count();
    switch (node.kind) {
      case 'character':
        this.emit(OPERATION.character, node.codePoint);
        break;
      case 'set':
        this.emit(OPERATION.set, this.sets.push(node.set) - 1);
        break;
      case 'assertion':
        this.emit(OPERATION.assertion, this.assertions.push(node.assertion) - 1);
        break;
      case 'group':
        this.emit(OPERATION.save, 2 * node.index);
        this.compile(node.body);
        this.emit(OPERATION.save, 2 * node.index + 1);
        break;
      case 'sequence':
        for (const item of node.items) this.compile(item);
        break;
      case 'choice':
        this.#choice(node.options);
        break;
      case 'repeat':
        this.#repeat(node);
        break;
    }
  }

  /** Nodes count as well as instructions: repeated groups that are empty make none. */
  #count(): void {
    const size = Math.max(++this.#nodeCount, this.operations.length);
    if (size <= REGEXP_INSTRUCTIONS_MAX) return;
    throw this.#refuse(
      'INVALID_QUERY',
      `regular expression: the pattern needs more than ${REGEXP_INSTRUCTIONS_MAX} instructions; use smaller counts`,
    );
  }

  #choice(options: readonly RegexpNode[]): void {
    const jumps: number[] = [];
    for (const [index, option] of options.entries()) {
      const isLast = index === options.length - 1;
      const split = isLast ? null : this.emit(OPERATION.split);
      if (split !== null) this.first[split] = this.operations.length;
      this.compile(option);
      if (split === null) continue;
      jumps.push(this.emit(OPERATION.jump));
      this.second[split] = this.operations.length;
    }
    for (const jump of jumps) this.first[jump] = this.operations.length;
  }

  #repeat({ body, min, max, isGreedy }: RepeatNode): void {
    if (max === Infinity) {
      for (let count = 1; count < min; count++) this.compile(body);
      if (min > 0) this.#oneOrMore(body, isGreedy);
      else this.#zeroOrMore(body, isGreedy);
      return;
    }
    for (let count = 0; count < min; count++) this.compile(body);
    const splits: number[] = [];
    for (let count = min; count < max; count++) {
      splits.push(this.#split(isGreedy));
      this.compile(body);
    }
    for (const split of splits) this.#patchExit(split, isGreedy);
  }

  #oneOrMore(body: RegexpNode, isGreedy: boolean): void {
    const start = this.operations.length;
    this.compile(body);
    const end = this.operations.length + 1;
    if (isGreedy) this.emit(OPERATION.split, start, end);
    else this.emit(OPERATION.split, end, start);
  }

  #zeroOrMore(body: RegexpNode, isGreedy: boolean): void {
    const split = this.#split(isGreedy);
    if (canBeEmpty(body)) {
      // One split cannot keep the order of preference when the body comes back to it with nothing
      // read, so this is (x+)? instead.
      this.#oneOrMore(body, isGreedy);
    } else {
      this.compile(body);
      this.emit(OPERATION.jump, split);
    }
    this.#patchExit(split, isGreedy);
  }

  /** A split whose one way is the next instruction. */
  #split(isGreedy: boolean): number {
    const next = this.operations.length + 1;
    return isGreedy ? this.emit(OPERATION.split, next) : this.emit(OPERATION.split, 0, next);
  }

  /** Makes the current end the other way. */
  #patchExit(split: number, isGreedy: boolean): void {
    const ways = isGreedy ? this.second : this.first;
    ways[split] = this.operations.length;
  }
}

function canBeEmpty(node: RegexpNode): boolean {
  switch (node.kind) {
    case 'character':
    case 'set':
      return false;
    case 'assertion':
      return true;
    case 'group':
      return canBeEmpty(node.body);
    case 'sequence':
      return node.items.every(canBeEmpty);
    case 'choice':
      return node.options.some(canBeEmpty);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body);
  }
}

/** The plain characters that the pattern starts with. */
function prefixOf(tree: RegexpNode): string {
  let prefix = '';
  for (const item of leadingItems(tree)) {
    if (item.kind !== 'character') break;
    prefix += String.fromCodePoint(item.codePoint);
  }
  return prefix;
}

/** The longest run of plain characters that every match has. */
function requiredText(tree: RegexpNode): string {
  let longest = '';
  let run = '';
  const visit = (node: RegexpNode): void => {
    if (node.kind === 'character') run += String.fromCodePoint(node.codePoint);
    else if (node.kind === 'group') visit(node.body);
    else if (node.kind === 'sequence') node.items.forEach(visit);
    else if (node.kind !== 'assertion') {
      run = '';
      if (node.kind === 'repeat' && node.min > 0) visit(node.body);
      run = '';
    }
    if (run.length > longest.length) longest = run;
  };
  visit(tree);
  return longest;
}

function leadingItems(tree: RegexpNode): readonly RegexpNode[] {
  if (tree.kind === 'group') return leadingItems(tree.body);
  return tree.kind === 'sequence' ? tree.items : [tree];
}
