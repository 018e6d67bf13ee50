/**
 * Runs the automaton of a regular expression over the texts of a dictionary; `layout.ts` draws it. Bytes
 * that leave a state as it is are skipped 16 at a time: those that do not are found by looking their
 * halves up (Langdale and Lemire, Parsing Gigabytes of JSON per Second, 2019).
 */
import {
  AUTOMATON_DEAD,
  AUTOMATON_MATCH,
  AUTOMATON_MISSING,
  AUTOMATON_ROW_MASK,
  AUTOMATON_SKIP,
  SEARCH_CLASSES,
  SEARCH_DONE,
  SEARCH_END_CLASS,
  SEARCH_ENTRY,
  SEARCH_FULL,
  SEARCH_LOG,
  SEARCH_LOG_FULL,
  SEARCH_LOG_STEPS,
  SEARCH_MATCH_PLACE,
  SEARCH_MATCH_STEP,
  SEARCH_MATCHES,
  SEARCH_MISSING,
  SEARCH_PLACE,
  SEARCH_PREVIOUS_END,
  SEARCH_ROW,
  SEARCH_STAGE,
  SEARCH_START,
  SEARCH_STARTS,
  SEARCH_STEPS,
  SEARCH_TABLE,
  SEARCH_TRACE_STARTS,
  SEARCH_TRACES,
  SEARCH_TRANSITION,
  STAGE_SEARCH,
  STAGE_STEP,
  STAGE_TEXT,
} from './layout';

class Automaton {
  private constructor() {}

  /** The class of the byte at a place, or of the end. */
  @inline static classAt(classes: usize, place: usize, end: usize, endClass: u32): u32 {
    return place < end ? <u32>load<u8>(classes + <usize>load<u8>(place)) : endClass;
  }

  /** The row from which a search starts at a place of a text. */
  @inline static startRow(search: usize, text: usize, place: usize): u32 {
    const symbol =
      place === text
        ? load<u32>(search, SEARCH_END_CLASS)
        : <u32>load<u8>(<usize>load<u32>(search, SEARCH_CLASSES) + load<u8>(place - 1));
    return load<u32>(load<u32>(search, SEARCH_STARTS) + (symbol << 2));
  }

  /**
   * The place of the next byte that leads to another state, or the end.
   *
   * @param exits address of the words behind the transitions of the state.
   * @param readable end of the bytes that may be read.
   */
  @inline static skip(place: usize, end: usize, readable: usize, exits: usize): usize {
    if (place + 16 > readable) return place;
    const low = v128.load(exits);
    const others = i8x16.splat(load<u8>(exits, 16));
    const high = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
    while (place < end && place + 16 <= readable) {
      const bytes = v128.load(place);
      const inLow = i8x16.swizzle(low, v128.and(bytes, i8x16.splat(15)));
      const inHigh = i8x16.swizzle(high, i8x16.shr_u(bytes, 4));
      const found = v128.or(v128.and(inLow, inHigh), v128.and(bytes, others));
      const hits = i8x16.bitmask(i8x16.ne(found, i8x16.splat(0)));
      if (hits !== 0) return min<usize>(place + ctz<u32>(hits), end);
      place += 16;
    }
    return min<usize>(place, end);
  }

  /** Starts a search of a text. */
  @inline static begin(search: usize, text: usize): void {
    const start = load<u32>(search, SEARCH_START);
    store<u32>(search, start, SEARCH_PLACE);
    store<u32>(search, Automaton.startRow(search, text, start), SEARCH_ROW);
    store<u32>(search, 0, SEARCH_STEPS);
    store<u32>(search, 0, SEARCH_MATCH_STEP);
  }

  /** Goes on with a search, up to its end or to what is in its way. */
  static run(search: usize, end: usize, readable: usize): u32 {
    const table: usize = load<u32>(search, SEARCH_TABLE);
    const classes: usize = load<u32>(search, SEARCH_CLASSES);
    const endClass = load<u32>(search, SEARCH_END_CLASS);
    const exits = table + ((endClass + 1) << 2);
    const log: usize = load<u32>(search, SEARCH_LOG);
    let step = log + (load<u32>(search, SEARCH_STEPS) << 3);
    const logEnd = log + (load<u32>(search, SEARCH_LOG_STEPS) << 3);
    let place: usize = load<u32>(search, SEARCH_PLACE);
    let row = load<u32>(search, SEARCH_ROW);
    let status: u32 = SEARCH_DONE;
    for (;;) {
      const transition = row + Automaton.classAt(classes, place, end, endClass);
      const next = load<u32>(table + (transition << 2));
      if ((next & AUTOMATON_MISSING) !== 0) {
        store<u32>(search, transition, SEARCH_TRANSITION);
        status = SEARCH_MISSING;
        break;
      }
      if (step === logEnd) {
        status = SEARCH_LOG_FULL;
        break;
      }
      store<u32>(step, transition);
      store<u32>(step, <u32>place, 4);
      step += 8;
      place += 1;
      row = next & AUTOMATON_ROW_MASK;
      if (next < <u32>AUTOMATON_DEAD) continue;
      if ((next & AUTOMATON_MATCH) !== 0) {
        store<u32>(search, <u32>((step - log) >> 3), SEARCH_MATCH_STEP);
        store<u32>(search, <u32>(place - 1), SEARCH_MATCH_PLACE);
      }
      if ((next & AUTOMATON_DEAD) !== 0) break;
      if ((next & AUTOMATON_SKIP) !== 0) {
        place = Automaton.skip(place, end, readable, exits + (row << 2));
      }
    }
    store<u32>(search, <u32>((step - log) >> 3), SEARCH_STEPS);
    store<u32>(search, <u32>place, SEARCH_PLACE);
    store<u32>(search, row, SEARCH_ROW);
    return status;
  }

  /**
   * Writes the places of the match that was found, and moves the start of the next search behind it.
   * False for an empty match that touches the one before, which does not count.
   */
  @inline static write(
    search: usize,
    text: usize,
    end: usize,
    places: usize,
    slotCount: u32,
  ): bool {
    for (let slot: u32 = 0; slot < slotCount; slot++) store<u32>(places + (slot << 2), -1);
    Automaton.trace(search, text, places);
    const matchEnd: usize = load<u32>(search, SEARCH_MATCH_PLACE);
    const isEmpty = load<u32>(places) === <u32>(matchEnd - text);
    const counts = !isEmpty || matchEnd !== load<u32>(search, SEARCH_PREVIOUS_END);
    let next = matchEnd;
    if (isEmpty) {
      next += 1;
      while (next < end && (load<u8>(next) & 0xc0) === 0x80) next += 1;
    }
    store<u32>(search, <u32>matchEnd, SEARCH_PREVIOUS_END);
    store<u32>(search, <u32>next, SEARCH_START);
    return counts;
  }

  /**
   * Follows the log back from a match and writes its places, from the start of the text; those that it has
   * not saved are left.
   */
  @inline static trace(search: usize, text: usize, places: usize): void {
    const starts: usize = load<u32>(search, SEARCH_TRACE_STARTS);
    const traces: usize = load<u32>(search, SEARCH_TRACES);
    let step: usize = load<u32>(search, SEARCH_LOG) + (load<u32>(search, SEARCH_MATCH_STEP) << 3);
    let known: u32 = 0;
    // The word of the match stands before those of the threads.
    let thread: u32 = <u32>-1;
    do {
      step -= 8;
      const start = load<u32>(starts + (load<u32>(step) << 2));
      const word = load<u32>(traces + ((start + 1 + thread) << 2));
      thread = word & 0xffff;
      let fresh = (word >> 16) & ~known;
      known |= fresh;
      for (; fresh !== 0; fresh &= fresh - 1) {
        store<u32>(places + (ctz<u32>(fresh) << 2), load<u32>(step, 4) - <u32>text);
      }
    } while ((known & 1) === 0);
  }
}

export function testTexts(
  set: usize,
  search: usize,
  offsets: usize,
  bytes: usize,
  textCount: u32,
  codes: usize,
  count: u32,
): u32 {
  const table: usize = load<u32>(search, SEARCH_TABLE);
  const classes: usize = load<u32>(search, SEARCH_CLASSES);
  const endClass = load<u32>(search, SEARCH_END_CLASS);
  const exits = table + ((endClass + 1) << 2);
  const readable = bytes + load<u32>(offsets + (textCount << 2));
  let isFresh = load<u32>(search, SEARCH_STAGE) !== STAGE_STEP;
  for (let entry = load<u32>(search, SEARCH_ENTRY); entry < count; entry++) {
    const code = codes === 0 ? entry : load<u32>(codes + (entry << 2));
    const text = bytes + load<u32>(offsets + (code << 2));
    const end = bytes + load<u32>(offsets + (code << 2), 4);
    let place = text;
    let row: u32;
    if (isFresh) {
      row = Automaton.startRow(search, text, text);
    } else {
      place = load<u32>(search, SEARCH_PLACE);
      row = load<u32>(search, SEARCH_ROW);
      isFresh = true;
    }
    for (;;) {
      const transition = row + Automaton.classAt(classes, place, end, endClass);
      const next = load<u32>(table + (transition << 2));
      if (next >= <u32>AUTOMATON_DEAD) {
        if ((next & AUTOMATON_MISSING) !== 0) {
          store<u32>(search, entry, SEARCH_ENTRY);
          store<u32>(search, <u32>place, SEARCH_PLACE);
          store<u32>(search, row, SEARCH_ROW);
          store<u32>(search, STAGE_STEP, SEARCH_STAGE);
          store<u32>(search, transition, SEARCH_TRANSITION);
          return SEARCH_MISSING;
        }
        if ((next & AUTOMATON_MATCH) !== 0) {
          const byte = set + (code >> 3);
          store<u8>(byte, load<u8>(byte) | ((<u8>1) << (<u8>(code & 7))));
          break;
        }
        if ((next & AUTOMATON_DEAD) !== 0) break;
        place = Automaton.skip(place + 1, end, readable, exits + (row << 2));
        continue;
      }
      row = next;
      place += 1;
    }
  }
  return SEARCH_DONE;
}

export function findTexts(
  matches: usize,
  room: u32,
  slotCount: u32,
  firstOnly: u32,
  search: usize,
  offsets: usize,
  bytes: usize,
  textCount: u32,
  codes: usize,
  count: u32,
): u32 {
  const readable = bytes + load<u32>(offsets + (textCount << 2));
  const matchBytes = (slotCount + 1) << 2;
  let matchCount = load<u32>(search, SEARCH_MATCHES);
  let stage = load<u32>(search, SEARCH_STAGE);
  for (let entry = load<u32>(search, SEARCH_ENTRY); entry < count; entry++) {
    const code = codes === 0 ? entry : load<u32>(codes + (entry << 2));
    const text = bytes + load<u32>(offsets + (code << 2));
    const end = bytes + load<u32>(offsets + (code << 2), 4);
    if (stage === STAGE_TEXT) {
      store<u32>(search, <u32>text, SEARCH_START);
      store<u32>(search, 0, SEARCH_PREVIOUS_END);
      stage = STAGE_SEARCH;
    }
    for (;;) {
      let status: u32 = SEARCH_DONE;
      if (stage === STAGE_SEARCH) {
        if (load<u32>(search, SEARCH_START) > <u32>end) break;
        if (matchCount === room) status = SEARCH_FULL;
        else Automaton.begin(search, text);
      }
      if (status === SEARCH_DONE) {
        stage = STAGE_STEP;
        status = Automaton.run(search, end, readable);
      }
      if (status !== SEARCH_DONE) {
        store<u32>(search, matchCount, SEARCH_MATCHES);
        store<u32>(search, entry, SEARCH_ENTRY);
        store<u32>(search, stage, SEARCH_STAGE);
        return status;
      }
      if (load<u32>(search, SEARCH_MATCH_STEP) === 0) break;
      const match = matches + <usize>matchCount * matchBytes;
      store<u32>(match, entry);
      if (Automaton.write(search, text, end, match + 4, slotCount)) matchCount += 1;
      if (firstOnly !== 0) break;
      stage = STAGE_SEARCH;
    }
    stage = STAGE_TEXT;
  }
  store<u32>(search, matchCount, SEARCH_MATCHES);
  return SEARCH_DONE;
}
