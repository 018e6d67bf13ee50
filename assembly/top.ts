/** The first rows of groups, by the keys of the first ones so far. */

/** A place of a group that no row has. */
const NONE: i64 = i64.MAX_VALUE;

export function orderKeysF64(keys: usize, values: usize, isDescending: u32, count: u32): void {
  const flip = isDescending === 0 ? <u64>0 : ~(<u64>0);
  for (; count > 0; count--) {
    const value = load<f64>(values);
    // One zero and one NaN, which alone is not at or below infinity; adding leaves no negative zero.
    const bits = reinterpret<i64>(value <= Infinity ? value + 0 : f64.NaN);
    store<u64>(keys, <u64>bits ^ (<u64>(bits >> 63) >> 1) ^ flip);
    keys += 8;
    values += 8;
  }
}

export function orderKeysI64(keys: usize, values: usize, isDescending: u32, count: u32): void {
  const flip = isDescending === 0 ? <u64>0 : ~(<u64>0);
  for (; count > 0; count--) {
    store<u64>(keys, load<u64>(values) ^ flip);
    keys += 8;
    values += 8;
  }
}

export function keepTopByGroup(
  kept: usize,
  tops: usize,
  ids: usize,
  keys: usize,
  limit: u32,
  keepsTies: u32,
  count: u32,
): u32 {
  const start = kept;
  for (let row: u32 = 0; row < count; row++) {
    const key = load<i64>(keys);
    const first = tops + ((load<u32>(ids) * limit) << 3);
    const last = first + ((limit - 1) << 3);
    const worst = load<i64>(last);
    keys += 8;
    ids += 4;
    if (key > worst || (key === worst && keepsTies === 0 && worst !== NONE)) continue;
    store<u32>(kept, row);
    kept += 4;
    let place = last;
    while (place > first && load<i64>(place - 8) > key) {
      store<i64>(place, load<i64>(place - 8));
      place -= 8;
    }
    store<i64>(place, key);
  }
  return <u32>((kept - start) >> 2);
}

export function withinTopByGroup(
  kept: usize,
  tops: usize,
  ids: usize,
  keys: usize,
  limit: u32,
  count: u32,
): u32 {
  const start = kept;
  for (let row: u32 = 0; row < count; row++) {
    const last = tops + ((load<u32>(ids) * limit + limit - 1) << 3);
    if (load<i64>(keys) <= load<i64>(last)) {
      store<u32>(kept, row);
      kept += 4;
    }
    keys += 8;
    ids += 4;
  }
  return <u32>((kept - start) >> 2);
}
