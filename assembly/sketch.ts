/** Moves 64-bit values to the places of their groups: `out[next[id]++] = value`. */
export function scatterByGroup64(
  out: usize,
  next: usize,
  ids: usize,
  values: usize,
  count: u32,
): void {
  for (; count > 0; count--) {
    const place = next + ((<usize>load<u32>(ids)) << 2);
    const index = load<u32>(place);
    store<u32>(place, index + 1);
    store<u64>(out + ((<usize>index) << 3), load<u64>(values));
    ids += 4;
    values += 8;
  }
}
