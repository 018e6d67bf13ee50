/** The rows at which groups have their least or greatest key: for values that go with it. */
class ExtremeRows {
  private constructor() {}

  /** As good as the best or better. NaN is greater than every number. */
  @inline static holds<T>(isMax: bool, key: T, best: T): bool {
    if (!isFloat<T>()) return isMax ? key >= best : key <= best;
    // Only NaN is not below or at infinity.
    const greatest = <T>Infinity;
    return isMax ? key >= best || !(key <= greatest) : key <= best || !(best <= greatest);
  }

  @inline static run<T>(
    isMax: bool,
    rows: usize,
    bests: usize,
    ids: usize,
    keys: usize,
    count: u32,
  ): u32 {
    let found: u32 = 0;
    for (let row: u32 = 0; row < count; row++) {
      const best = bests + ((<usize>load<u32>(ids)) << 3);
      const key = load<T>(keys);
      if (ExtremeRows.holds<T>(isMax, key, load<T>(best))) {
        store<T>(best, key);
        store<u32>(rows + ((<usize>found) << 2), row);
        found++;
      }
      ids += 4;
      keys += sizeof<T>();
    }
    return found;
  }
}

export function minRowsByGroupI64(
  rows: usize,
  bests: usize,
  ids: usize,
  keys: usize,
  count: u32,
): u32 {
  return ExtremeRows.run<i64>(false, rows, bests, ids, keys, count);
}

export function maxRowsByGroupI64(
  rows: usize,
  bests: usize,
  ids: usize,
  keys: usize,
  count: u32,
): u32 {
  return ExtremeRows.run<i64>(true, rows, bests, ids, keys, count);
}

export function minRowsByGroupF64(
  rows: usize,
  bests: usize,
  ids: usize,
  keys: usize,
  count: u32,
): u32 {
  return ExtremeRows.run<f64>(false, rows, bests, ids, keys, count);
}

export function maxRowsByGroupF64(
  rows: usize,
  bests: usize,
  ids: usize,
  keys: usize,
  count: u32,
): u32 {
  return ExtremeRows.run<f64>(true, rows, bests, ids, keys, count);
}
