/**
 * Global ordinals: one numbering for the texts of several sorted dictionaries. A heap of the
 * dictionaries by their next entry merges them (Knuth, The Art of Computer Programming 3, 5.4.1).
 */
import {
  ORDINAL_SOURCE_BYTES,
  SOURCE_BYTES,
  SOURCE_COUNT,
  SOURCE_NEXT,
  SOURCE_OFFSETS,
  SOURCE_TABLE,
} from './layout';
import { Text } from './text';

class Source {
  private constructor() {}

  @inline static start(source: usize): usize {
    return load<u32>(source, SOURCE_BYTES) + load<u32>(Source.place(source));
  }

  @inline static length(source: usize): u32 {
    const place = Source.place(source);
    return load<u32>(place, 4) - load<u32>(place);
  }

  /** Address of the offset at which the next entry starts. */
  @inline static place(source: usize): usize {
    return load<u32>(source, SOURCE_OFFSETS) + (load<u32>(source, SOURCE_NEXT) << 2);
  }

  /** Of equal texts the one of the first dictionary comes first. */
  @inline static isBefore(left: usize, right: usize): bool {
    const order = Text.compare(
      Source.start(left),
      Source.length(left),
      Source.start(right),
      Source.length(right),
    );
    return order < 0 || (order === 0 && left < right);
  }
}

class Heap {
  private constructor() {}

  @inline static at(heap: usize, index: u32): usize {
    return load<u32>(heap + (index << 2));
  }

  /** Lets the element at `index` sink to where it belongs. */
  static sink(heap: usize, count: u32, index: u32): void {
    const element = Heap.at(heap, index);
    for (;;) {
      let child: u32 = 2 * index + 1;
      if (child >= count) break;
      if (child + 1 < count && Source.isBefore(Heap.at(heap, child + 1), Heap.at(heap, child))) {
        child += 1;
      }
      if (!Source.isBefore(Heap.at(heap, child), element)) break;
      store<u32>(heap + (index << 2), Heap.at(heap, child));
      index = child;
    }
    store<u32>(heap + (index << 2), element);
  }
}

export function mergeDictionaries(
  origins: usize,
  sources: usize,
  heap: usize,
  sourceCount: u32,
  known: u32,
  entriesMax: u32,
): u32 {
  let heapCount: u32 = 0;
  for (let index: u32 = 0; index < sourceCount; index++) {
    const source = sources + index * ORDINAL_SOURCE_BYTES;
    if (load<u32>(source, SOURCE_NEXT) === load<u32>(source, SOURCE_COUNT)) continue;
    store<u32>(heap + (heapCount << 2), <u32>source);
    heapCount += 1;
  }
  for (let index = heapCount >> 1; index > 0; index--) Heap.sink(heap, heapCount, index - 1);
  let ordinals: u32 = known;
  let last: usize = 0;
  let lastBytes: u32 = 0;
  if (known > 0) {
    const origin = origins + ((known - 1) << 3);
    const source = sources + load<u32>(origin) * ORDINAL_SOURCE_BYTES;
    const place = load<u32>(source, SOURCE_OFFSETS) + (load<u32>(origin, 4) << 2);
    last = load<u32>(source, SOURCE_BYTES) + load<u32>(place);
    lastBytes = load<u32>(place, 4) - load<u32>(place);
  }
  for (let rest = entriesMax; rest > 0 && heapCount > 0; rest--) {
    const source = Heap.at(heap, 0);
    const start = Source.start(source);
    const bytes = Source.length(source);
    const code = load<u32>(source, SOURCE_NEXT);
    if (ordinals === 0 || Text.compare(last, lastBytes, start, bytes) !== 0) {
      const origin = origins + (ordinals << 3);
      store<u32>(origin, <u32>(source - sources) / ORDINAL_SOURCE_BYTES);
      store<u32>(origin, code, 4);
      ordinals += 1;
      last = start;
      lastBytes = bytes;
    }
    store<u32>(load<u32>(source, SOURCE_TABLE) + (code << 2), ordinals - 1);
    store<u32>(source, code + 1, SOURCE_NEXT);
    if (code + 1 === load<u32>(source, SOURCE_COUNT)) {
      heapCount -= 1;
      store<u32>(heap, <u32>Heap.at(heap, heapCount));
    }
    if (heapCount > 0) Heap.sink(heap, heapCount, 0);
  }
  return ordinals;
}
