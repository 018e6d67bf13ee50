/** Order statistics: values of groups by their place in the order. */
class Select {
  private constructor() {}

  @inline static at(values: usize, index: u32): i64 {
    return load<i64>(values + (index << 3));
  }

  @inline static middle(a: i64, b: i64, c: i64): i64 {
    return max<i64>(min<i64>(a, b), min<i64>(max<i64>(a, b), c));
  }

  /** Brings the element that stands at `index` in order to its place (Hoare, Algorithm 65: FIND, 1961). */
  static find(values: usize, length: u32, index: u32): i64 {
    let left: u32 = 0;
    let right = length - 1;
    while (left < right) {
      const centre = (left + right) >> 1;
      const pivot = Select.middle(
        Select.at(values, left),
        Select.at(values, centre),
        Select.at(values, right),
      );
      let low = left;
      // One more than the index, so that it does not pass below zero.
      let high = right + 1;
      while (low < high) {
        while (Select.at(values, low) < pivot) low++;
        while (Select.at(values, high - 1) > pivot) high--;
        if (low >= high) break;
        const swapped = Select.at(values, low);
        store<i64>(values + (low << 3), Select.at(values, high - 1));
        store<i64>(values + ((high - 1) << 3), swapped);
        low++;
        high--;
      }
      if (index < high) right = high - 1;
      else if (index >= low) left = low;
      else break;
    }
    return Select.at(values, index);
  }
}

export function selectByGroup(
  out: usize,
  values: usize,
  ends: usize,
  indexes: usize,
  count: u32,
): void {
  let start: u32 = 0;
  for (; count > 0; count--) {
    const end = load<u32>(ends);
    const index = load<u32>(indexes);
    if (index < end - start) {
      store<i64>(out, Select.find(values + (start << 3), end - start, index));
    }
    start = end;
    out += 8;
    ends += 4;
    indexes += 4;
  }
}

export function flipNegatives(values: usize, count: u32): void {
  for (; count > 0; count--) {
    const bits = load<i64>(values);
    store<u64>(values, <u64>bits ^ (<u64>(bits >> 63) >> 1));
    values += 8;
  }
}
