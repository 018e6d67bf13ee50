import { OPERATION, type Program } from './compile.ts';
import { isWordCharacter } from './named-sets.ts';
import type { Assertion } from './node.ts';

/** The slot of a group that took no part in a match. */
export const NO_PLACE = -1;

const LINE_BREAK = 10;

/**
 * Runs a program on texts as Pike's machine: all ways through the pattern at once, in lock step over
 * the characters, each instruction at most once a character. A match therefore takes time in
 * proportion to the text times the program, whatever the pattern, and finds what a backtracking
 * search would: the leftmost match, and of those the preferred one.
 */
export class RegexpMachine {
  readonly #program: Program;
  #current: Threads;
  #next: Threads;
  readonly #stack: number[] = [];
  #text = '';
  #slotCount = 0;
  #slots = new Int32Array(0);
  #stepCount = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#current = new Threads(program.operations.length);
    this.#next = new Threads(program.operations.length);
  }

  /** Instructions that all runs together have looked at; tests hold its bound. */
  get stepCount(): number {
    return this.#stepCount;
  }

  /**
   * Searches a text from a place on, a UTF-16 offset.
   *
   * @param slotCount places that the caller wants: 0 to know whether there is a match, else two for
   *   the whole match and two for each group.
   * @returns the places, start and end in turn, or null when there is no match.
   */
  run(text: string, start: number, slotCount: number): Int32Array | null {
    const { prefix, isAnchored } = this.#program;
    this.#text = text;
    this.#slotCount = slotCount;
    this.#current.reset(slotCount);
    this.#next.reset(slotCount);
    this.#slots = new Int32Array(slotCount);
    const match = new Int32Array(slotCount);
    let isFound = false;
    for (let place = start; ; ) {
      if (this.#current.count === 0) {
        if (isFound || (isAnchored && place > 0)) break;
        if (prefix !== '') place = text.indexOf(prefix, place);
        if (place < 0) break;
        this.#current.clear();
      }
      if (!isFound && !(isAnchored && place > 0)) {
        this.#slots.fill(NO_PLACE);
        this.#add(this.#current, 0, place);
      }
      const point = text.codePointAt(place) ?? -1;
      const following = place + (point > 0xffff ? 2 : 1);
      if (this.#step(point, following, match)) isFound = true;
      if (point < 0 || (isFound && slotCount === 0)) break;
      [this.#current, this.#next] = [this.#next, this.#current];
      this.#next.clear();
      place = following;
    }
    return isFound ? match : null;
  }

  /** Moves all threads over one character, −1 at the end; true when one matched, with its slots. */
  #step(point: number, following: number, match: Int32Array): boolean {
    const { operations, first, sets } = this.#program;
    const current = this.#current;
    this.#stepCount += current.count;
    for (let index = 0; index < current.count; index++) {
      const address = current.addresses[index]!;
      const operation = operations[address]!;
      if (operation === OPERATION.match) {
        current.copySlots(index, match);
        return true;
      }
      if (point < 0) continue;
      const operand = first[address]!;
      const fits =
        operation === OPERATION.character ? operand === point : sets[operand]!.has(point);
      if (!fits) continue;
      current.copySlots(index, this.#slots);
      this.#add(this.#next, address + 1, following);
    }
    return false;
  }

  /**
   * Follows instructions that read nothing, from an address on, in order of preference, and adds a
   * thread for each that reads. The stack holds addresses still to follow and, below zero, slots to
   * set back after the value beneath them.
   */
  #add(threads: Threads, start: number, place: number): void {
    const { operations, first, second } = this.#program;
    const stack = this.#stack;
    stack.push(start);
    while (stack.length > 0) {
      const address = stack.pop()!;
      if (address < 0) {
        this.#slots[-address - 1] = stack.pop()!;
        continue;
      }
      if (!threads.visit(address)) continue;
      this.#stepCount++;
      const operand = first[address]!;
      switch (operations[address]!) {
        case OPERATION.jump:
          stack.push(operand);
          break;
        case OPERATION.split:
          stack.push(second[address]!, operand);
          break;
        case OPERATION.assertion:
          if (this.#holds(this.#program.assertions[operand]!, place)) stack.push(address + 1);
          break;
        case OPERATION.save:
          if (operand < this.#slotCount) {
            stack.push(this.#slots[operand]!, -operand - 1);
            this.#slots[operand] = place;
          }
          stack.push(address + 1);
          break;
        default:
          threads.add(address, this.#slots);
      }
    }
  }

  #holds(assertion: Assertion, place: number): boolean {
    const text = this.#text;
    switch (assertion) {
      case 'text_start':
        return place === 0;
      case 'text_end':
        return place === text.length;
      case 'line_start':
        return place === 0 || text.charCodeAt(place - 1) === LINE_BREAK;
      case 'line_end':
        return place === text.length || text.charCodeAt(place) === LINE_BREAK;
      case 'word_boundary':
      case 'no_word_boundary': {
        // Word characters are ASCII, so single UTF-16 units tell; outside the text they are NaN.
        const isBoundary =
          isWordCharacter(text.charCodeAt(place - 1)) !== isWordCharacter(text.charCodeAt(place));
        return isBoundary === (assertion === 'word_boundary');
      }
    }
  }
}

/** Threads in order of preference, each instruction at most once, with their slots. */
class Threads {
  readonly addresses: Int32Array;
  count = 0;
  /** Every instruction visited since the last `clear`; `#index` says where each stands in it. */
  readonly #visited: Int32Array;
  readonly #index: Int32Array;
  #visitedCount = 0;
  #slotCount = 0;
  #slots = new Int32Array(0);

  constructor(size: number) {
    this.addresses = new Int32Array(size);
    this.#visited = new Int32Array(size);
    this.#index = new Int32Array(size);
  }

  /** Makes it empty, for threads of so many slots. */
  reset(slotCount: number): void {
    this.clear();
    this.#slotCount = slotCount;
    const needed = this.addresses.length * slotCount;
    if (this.#slots.length < needed) this.#slots = new Int32Array(needed);
  }

  clear(): void {
    this.count = 0;
    this.#visitedCount = 0;
  }

  /** False when the instruction was visited before. */
  visit(address: number): boolean {
    const index = this.#index[address]!;
    if (index < this.#visitedCount && this.#visited[index] === address) return false;
    this.#index[address] = this.#visitedCount;
    this.#visited[this.#visitedCount++] = address;
    return true;
  }

  add(address: number, slots: Int32Array): void {
    if (this.#slotCount > 0) this.#slots.set(slots, this.count * this.#slotCount);
    this.addresses[this.count++] = address;
  }

  copySlots(thread: number, target: Int32Array): void {
    const start = thread * this.#slotCount;
    for (let slot = 0; slot < target.length; slot++) target[slot] = this.#slots[start + slot]!;
  }
}
