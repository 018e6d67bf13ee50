import type { ExecutionContext } from './context.ts';
import { SegmentDictionary } from './segment-dictionary.ts';
import type { TextDictionary } from './vector.ts';

/** Entries whose lengths pass through batch memory at once. */
const ENTRIES_AT_ONCE = 65_536;

const known = new WeakMap<TextDictionary, Int32Array>();

/**
 * The number of characters of each entry of a dictionary in linear memory, counted once; null for a
 * dictionary of strings, which knows its lengths itself.
 */
export function textLengths(
  dictionary: TextDictionary,
  scratch: ExecutionContext['batch'],
): Int32Array | null {
  if (!(dictionary instanceof SegmentDictionary)) return null;
  let lengths = known.get(dictionary);
  if (lengths === undefined) {
    lengths = countLengths(dictionary, scratch);
    known.set(dictionary, lengths);
  }
  return lengths;
}

function countLengths(
  { kernels, offsets, bytes, length }: SegmentDictionary,
  scratch: ExecutionContext['batch'],
): Int32Array {
  const lengths = new Int32Array(length);
  const mark = scratch.mark();
  const out = scratch.allocate(Math.min(length, ENTRIES_AT_ONCE) * 4);
  for (let start = 0; start < length; start += ENTRIES_AT_ONCE) {
    const count = Math.min(ENTRIES_AT_ONCE, length - start);
    kernels.run.textLengths(out, offsets + start * 4, bytes, count);
    lengths.set(kernels.i32.subarray(out / 4, out / 4 + count), start);
  }
  scratch.release(mark);
  return lengths;
}
