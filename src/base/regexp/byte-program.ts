import { REGEXP_ITEMS_MAX } from '../limits.ts';
import { setOf } from './character-set.ts';
import { OPERATION, type Program } from './compile.ts';
import { isWordCharacter } from './named-sets.ts';
import { utf8Sequences } from './utf8-sequences.ts';

/** What stands before or after a place, as far as assertions ask; bits. */
export const SIDE = {
  /** The end of the text on that side. */
  edge: 1,
  /** A line break. */
  lineBreak: 2,
  /** A character of `\w`. */
  word: 4,
} as const;

/**
 * A program over the bytes of UTF-8. Its *items* are the instructions' addresses, then the places inside
 * characters, then `search`. An item that reads has edges: bytes from `low` to `high` lead to `next`.
 */
export interface ByteProgram {
  readonly program: Program;
  /** Edges of each item; undefined where it reads nothing. */
  readonly edges: readonly (readonly Edge[] | undefined)[];
  /** The item that goes on with the first instruction or, with less right, with `onward`. */
  readonly search: number;
  /** The item that reads anything, before a later start of a match. */
  readonly onward: number;
  /** Class of each byte: no edge and no assertion tells bytes of one class apart. */
  readonly classes: Uint8Array;
  /** A byte of each class. */
  readonly members: readonly number[];
  /** The bits of `SIDE` that assertions ask for of what stands before them. */
  readonly sidesBefore: number;
}

/** Bytes that lead on. */
export interface Edge {
  readonly low: number;
  readonly high: number;
  readonly next: number;
}

const LINE_BREAK = 10;
const WORD_BOUNDS = [0x30, 0x3a, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b];

/** The sides on which a byte stands. */
export function sideOf(byte: number): number {
  if (byte === LINE_BREAK) return SIDE.lineBreak;
  return isWordCharacter(byte) ? SIDE.word : 0;
}

/** The program over bytes, or null when it would have more than `REGEXP_ITEMS_MAX` items or edges. */
export function byteProgramOf(program: Program): ByteProgram | null {
  const builder = new Builder(program.operations.length);
  const { operations, first, sets } = program;
  for (let address = 0; address < operations.length; address++) {
    const operand = first[address]!;
    if (operations[address] === OPERATION.character) {
      builder.add(address, [operand, operand], address + 1);
    } else if (operations[address] === OPERATION.set) {
      builder.add(address, sets[operand]!.ranges(), address + 1);
    }
    if (builder.size > REGEXP_ITEMS_MAX) return null;
  }
  const search = builder.newItem();
  const onward = builder.newItem();
  // A match that reads something starts with a character's first byte, wherever it is looked for.
  if (canBeEmpty(program)) builder.add(onward, setOf([], true).ranges(), search);
  else builder.edges[onward] = [{ low: 0, high: 0xff, next: search }];
  return { program, edges: builder.edges, search, onward, ...classesOf(program, builder.edges) };
}

class Builder {
  readonly edges: (Edge[] | undefined)[];
  readonly #places = new Map<string, number>();
  #edgeCount = 0;

  constructor(instructionCount: number) {
    this.edges = new Array<undefined>(instructionCount).fill(undefined);
  }

  get size(): number {
    return this.edges.length + this.#edgeCount;
  }

  newItem(): number {
    return this.edges.push(undefined) - 1;
  }

  /** Lets an item read one of the characters; places inside them that lead to the same are shared. */
  add(item: number, ranges: readonly number[], target: number): void {
    const own: Edge[] = [];
    for (const sequence of utf8Sequences(ranges)) {
      let next = target;
      for (let at = sequence.length - 2; at > 0; at -= 2) {
        next = this.#place(sequence[at]!, sequence[at + 1]!, next);
      }
      own.push({ low: sequence[0]!, high: sequence[1]!, next });
    }
    this.edges[item] = own;
    this.#edgeCount += own.length;
  }

  #place(low: number, high: number, next: number): number {
    const key = `${low} ${high} ${next}`;
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.newItem();
      this.edges[place] = [{ low, high, next }];
      this.#places.set(key, place);
    }
    return place;
  }
}

/** True when the program can match without reading, if all assertions hold. */
function canBeEmpty({ operations, first, second }: Program): boolean {
  const seen = new Set<number>();
  const open = [0];
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    switch (operations[address]) {
      case OPERATION.match:
        return true;
      case OPERATION.jump:
        open.push(first[address]!);
        break;
      case OPERATION.split:
        open.push(first[address]!, second[address]!);
        break;
      case OPERATION.save:
      case OPERATION.assertion:
        open.push(address + 1);
        break;
    }
  }
  return false;
}

function classesOf(
  { assertions }: Program,
  edges: readonly (readonly Edge[] | undefined)[],
): Pick<ByteProgram, 'classes' | 'members' | 'sidesBefore'> {
  const bounds = new Set([0]);
  for (const list of edges) for (const { low, high } of list ?? []) bounds.add(low).add(high + 1);
  let sidesBefore = 0;
  for (const assertion of assertions) {
    if (assertion === 'text_start') sidesBefore |= SIDE.edge;
    if (assertion === 'line_start') sidesBefore |= SIDE.edge | SIDE.lineBreak;
    if (assertion.startsWith('line')) bounds.add(LINE_BREAK).add(LINE_BREAK + 1);
    if (!assertion.endsWith('word_boundary')) continue;
    sidesBefore |= SIDE.word;
    for (const bound of WORD_BOUNDS) bounds.add(bound);
  }
  const members = [...bounds].filter((bound) => bound <= 0xff).sort((a, b) => a - b);
  const classes = new Uint8Array(256);
  members.forEach((member, index) => {
    classes.fill(index, member, members[index + 1] ?? 256);
  });
  return { classes, members, sidesBefore };
}
