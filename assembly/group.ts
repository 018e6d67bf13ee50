/**
 * Dense group-by. Accumulators are arrays indexed by group id; neighbouring rows mostly touch
 * different entries, and loading several rows ahead of their stores lets those chains overlap.
 */
import { Lanes } from './lanes';

class GroupIds {
  private constructor() {}

  /** `ids[row] = table[code]`, or the code itself without a table. */
  @inline static assign<T>(ids: usize, codes: usize, table: usize, count: u32): void {
    const hasTable = table !== 0;
    for (let fours = count >> 2; fours > 0; fours--) {
      v128.store(ids, hasTable ? GroupIds.lookup4<T>(codes, table) : Lanes.loadCodes4<T>(codes));
      ids += 16;
      codes += 4 * sizeof<T>();
    }
    for (let rest = count & 3; rest > 0; rest--) {
      store<u32>(ids, GroupIds.idOf<T>(codes, table));
      ids += 4;
      codes += sizeof<T>();
    }
  }

  /** `ids[row] = ids[row] × cardinality + table[code]`, or `+ code` without a table. */
  @inline static append<T>(
    ids: usize,
    codes: usize,
    table: usize,
    cardinality: u32,
    count: u32,
  ): void {
    const factor = i32x4.splat(cardinality);
    const hasTable = table !== 0;
    for (let fours = count >> 2; fours > 0; fours--) {
      const scaled = i32x4.mul(v128.load(ids), factor);
      const added = hasTable ? GroupIds.lookup4<T>(codes, table) : Lanes.loadCodes4<T>(codes);
      v128.store(ids, i32x4.add(scaled, added));
      ids += 16;
      codes += 4 * sizeof<T>();
    }
    for (let rest = count & 3; rest > 0; rest--) {
      store<u32>(ids, load<u32>(ids) * cardinality + GroupIds.idOf<T>(codes, table));
      ids += 4;
      codes += sizeof<T>();
    }
  }

  @inline static idOf<T>(code: usize, table: usize): u32 {
    const value = <u32>load<T>(code);
    return table === 0 ? value : load<u32>(table + (value << 2));
  }

  @inline static lookup4<T>(codes: usize, table: usize): v128 {
    let ids = v128.load32_zero(table + ((<u32>load<T>(codes)) << 2));
    ids = v128.load32_lane(table + ((<u32>load<T>(codes, sizeof<T>())) << 2), ids, 1);
    ids = v128.load32_lane(table + ((<u32>load<T>(codes, 2 * sizeof<T>())) << 2), ids, 2);
    return v128.load32_lane(table + ((<u32>load<T>(codes, 3 * sizeof<T>())) << 2), ids, 3);
  }
}

/**
 * 8-bit codes are counted in four lanes: rows that follow each other have the same code so often that each
 * would wait for the count of the one before.
 */
const LANE_BYTES: usize = 2_048;
const LANES_BYTES: usize = 4 * LANE_BYTES;

class GroupCount {
  private constructor() {}

  @inline static add<T>(counts: usize, code: T, rows: u64): void {
    const at = counts + ((<u32>code) << 3);
    store<u64>(at, load<u64>(at) + rows);
  }

  @inline static run<T>(counts: usize, codes: usize, count: u32): void {
    for (let fours = count >> 2; fours > 0; fours--) {
      const a = load<T>(codes);
      const b = load<T>(codes, sizeof<T>());
      const c = load<T>(codes, 2 * sizeof<T>());
      const d = load<T>(codes, 3 * sizeof<T>());
      GroupCount.add<T>(counts, a, 1);
      GroupCount.add<T>(counts, b, 1);
      GroupCount.add<T>(counts, c, 1);
      GroupCount.add<T>(counts, d, 1);
      codes += 4 * sizeof<T>();
    }
    for (let rest = count & 3; rest > 0; rest--) {
      GroupCount.add<T>(counts, load<T>(codes), 1);
      codes += sizeof<T>();
    }
  }
}

class GroupSum {
  private constructor() {}

  @inline static addInteger<T>(sums: usize, id: u32, value: T): void {
    const at = sums + (id << 3);
    store<i64>(at, load<i64>(at) + <i64>value);
  }

  @inline static integers<T>(sums: usize, ids: usize, values: usize, count: u32): void {
    for (let pairs = count >> 1; pairs > 0; pairs--) {
      const firstId = load<u32>(ids);
      const secondId = load<u32>(ids, 4);
      const first = load<T>(values);
      const second = load<T>(values, sizeof<T>());
      GroupSum.addInteger<T>(sums, firstId, first);
      GroupSum.addInteger<T>(sums, secondId, second);
      ids += 8;
      values += 2 * sizeof<T>();
    }
    if ((count & 1) !== 0) GroupSum.addInteger<T>(sums, load<u32>(ids), load<T>(values));
  }

  @inline static addFloat(sums: usize, id: u32, value: f64): void {
    const at = sums + (id << 3);
    store<f64>(at, load<f64>(at) + value);
  }

  /** A float addition must wait for the one before, so four rows of one group add up first. */
  @inline static floats<T>(sums: usize, ids: usize, values: usize, count: u32): void {
    for (let fours = count >> 2; fours > 0; fours--) {
      const a = <f64>load<T>(values);
      const b = <f64>load<T>(values, sizeof<T>());
      const c = <f64>load<T>(values, 2 * sizeof<T>());
      const d = <f64>load<T>(values, 3 * sizeof<T>());
      const id = load<u32>(ids);
      if (i32x4.all_true(i32x4.eq(v128.load(ids), i32x4.splat(id)))) {
        GroupSum.addFloat(sums, id, a + b + (c + d));
      } else {
        GroupSum.addFloat(sums, id, a);
        GroupSum.addFloat(sums, load<u32>(ids, 4), b);
        GroupSum.addFloat(sums, load<u32>(ids, 8), c);
        GroupSum.addFloat(sums, load<u32>(ids, 12), d);
      }
      ids += 16;
      values += 4 * sizeof<T>();
    }
    for (let rest = count & 3; rest > 0; rest--) {
      GroupSum.addFloat(sums, load<u32>(ids), <f64>load<T>(values));
      ids += 4;
      values += sizeof<T>();
    }
  }

  /** Adds a 128-bit number in two halves to the i128 of a group. */
  @inline static addWide(sums: usize, id: u32, low: u64, high: i64): void {
    const at = sums + (id << 4);
    const sum = load<u64>(at) + low;
    store<u64>(at, sum);
    store<i64>(at, load<i64>(at, 8) + high + <i64>(sum < low), 8);
  }
}

class GroupExtreme {
  private constructor() {}

  /** Whether `value` takes the place of `best`, where NaN is greater than every number. */
  @inline static replaces<T>(isMax: bool, value: T, best: T): bool {
    const wins = isMax ? value > best : value < best;
    if (!isFloat<T>()) return wins;
    const mayBeNaN = isMax ? value : best;
    return wins | !(mayBeNaN <= <T>Infinity);
  }

  /** `T` is the column's type, `A` the accumulators'. Few rows win, so a branch beats a store. */
  @inline static run<T, A>(
    isMax: bool,
    extremes: usize,
    ids: usize,
    values: usize,
    count: u32,
  ): void {
    for (; count > 0; count--) {
      const at = extremes + load<u32>(ids) * <u32>sizeof<A>();
      const value = <A>load<T>(values);
      if (GroupExtreme.replaces<A>(isMax, value, load<A>(at))) store<A>(at, value);
      ids += 4;
      values += sizeof<T>();
    }
  }
}

export function countByCodeU8(
  counts: usize,
  codes: usize,
  lanes: usize,
  cardinality: u32,
  count: u32,
): void {
  memory.fill(lanes, 0, LANES_BYTES);
  for (let fours = count >> 2; fours > 0; fours--) {
    const a = lanes + ((<u32>load<u8>(codes)) << 3);
    store<u64>(a, load<u64>(a) + 1);
    const b = lanes + ((<u32>load<u8>(codes, 1)) << 3);
    store<u64>(b, load<u64>(b, LANE_BYTES) + 1, LANE_BYTES);
    const c = lanes + ((<u32>load<u8>(codes, 2)) << 3);
    store<u64>(c, load<u64>(c, 2 * LANE_BYTES) + 1, 2 * LANE_BYTES);
    const d = lanes + ((<u32>load<u8>(codes, 3)) << 3);
    store<u64>(d, load<u64>(d, 3 * LANE_BYTES) + 1, 3 * LANE_BYTES);
    codes += 4;
  }
  for (let code: u32 = 0; code < cardinality; code++) {
    const at = lanes + (code << 3);
    const first = load<u64>(at) + load<u64>(at, LANE_BYTES);
    const second = load<u64>(at, 2 * LANE_BYTES) + load<u64>(at, 3 * LANE_BYTES);
    store<u64>(counts + (code << 3), load<u64>(counts + (code << 3)) + first + second);
  }
  memory.fill(lanes, 0, LANES_BYTES);
  GroupCount.run<u8>(counts, codes, count & 3);
}

export function countByCodeU16(counts: usize, codes: usize, count: u32): void {
  GroupCount.run<u16>(counts, codes, count);
}

export function countByGroup(counts: usize, ids: usize, count: u32): void {
  GroupCount.run<u32>(counts, ids, count);
}

export function sumByGroupI64(sums: usize, ids: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    const value = load<i64>(values);
    GroupSum.addWide(sums, load<u32>(ids), <u64>value, value >> 63);
    ids += 4;
    values += 8;
  }
}

export function sumByGroupI128(sums: usize, ids: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    GroupSum.addWide(sums, load<u32>(ids), load<u64>(values), load<i64>(values, 8));
    ids += 4;
    values += 16;
  }
}

/** `codes` are u32. */
export function setBitsByGroup(
  bits: usize,
  ids: usize,
  codes: usize,
  wordsPerRow: u32,
  count: u32,
): void {
  for (; count > 0; count--) {
    const code = load<u32>(codes);
    const at = bits + ((load<u32>(ids) * wordsPerRow + (code >> 6)) << 3);
    store<u64>(at, load<u64>(at) | ((<u64>1) << (<u64>code & 63)));
    ids += 4;
    codes += 4;
  }
}

export function groupIdsU8(ids: usize, codes: usize, table: usize, count: u32): void {
  GroupIds.assign<u8>(ids, codes, table, count);
}

export function groupIdsAppendU8(
  ids: usize,
  codes: usize,
  table: usize,
  cardinality: u32,
  count: u32,
): void {
  GroupIds.append<u8>(ids, codes, table, cardinality, count);
}

export function spreadIds(ids: usize, count: u32): void {
  const places = i32x4(0, 1, 2, 3);
  for (; count >= 4; count -= 4) {
    v128.store(ids, v128.or(i32x4.shl(v128.load(ids), 2), places));
    ids += 16;
  }
  for (let place: u32 = 0; place < count; place++) {
    store<u32>(ids, (load<u32>(ids) << 2) | place);
    ids += 4;
  }
}

export function groupIdsU16(ids: usize, codes: usize, table: usize, count: u32): void {
  GroupIds.assign<u16>(ids, codes, table, count);
}

export function groupIdsAppendU16(
  ids: usize,
  codes: usize,
  table: usize,
  cardinality: u32,
  count: u32,
): void {
  GroupIds.append<u16>(ids, codes, table, cardinality, count);
}

export function groupIdsU32(ids: usize, codes: usize, table: usize, count: u32): void {
  GroupIds.assign<u32>(ids, codes, table, count);
}

export function groupIdsAppendU32(
  ids: usize,
  codes: usize,
  table: usize,
  cardinality: u32,
  count: u32,
): void {
  GroupIds.append<u32>(ids, codes, table, cardinality, count);
}

export function sumByGroupU8(sums: usize, ids: usize, values: usize, count: u32): void {
  GroupSum.integers<u8>(sums, ids, values, count);
}

export function sumByGroupU16(sums: usize, ids: usize, values: usize, count: u32): void {
  GroupSum.integers<u16>(sums, ids, values, count);
}

export function sumByGroupU32(sums: usize, ids: usize, values: usize, count: u32): void {
  GroupSum.integers<u32>(sums, ids, values, count);
}

export function sumByGroupI32(sums: usize, ids: usize, values: usize, count: u32): void {
  GroupSum.integers<i32>(sums, ids, values, count);
}

export function sumByGroupF32(sums: usize, ids: usize, values: usize, count: u32): void {
  GroupSum.floats<f32>(sums, ids, values, count);
}

export function sumByGroupF64(sums: usize, ids: usize, values: usize, count: u32): void {
  GroupSum.floats<f64>(sums, ids, values, count);
}

export function minByGroupU8(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<u8, u32>(false, extremes, ids, values, count);
}

export function maxByGroupU8(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<u8, u32>(true, extremes, ids, values, count);
}

export function minByGroupU16(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<u16, u32>(false, extremes, ids, values, count);
}

export function maxByGroupU16(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<u16, u32>(true, extremes, ids, values, count);
}

export function minByGroupU32(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<u32, u32>(false, extremes, ids, values, count);
}

export function maxByGroupU32(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<u32, u32>(true, extremes, ids, values, count);
}

export function minByGroupI32(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<i32, i32>(false, extremes, ids, values, count);
}

export function maxByGroupI32(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<i32, i32>(true, extremes, ids, values, count);
}

export function minByGroupI64(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<i64, i64>(false, extremes, ids, values, count);
}

export function maxByGroupI64(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<i64, i64>(true, extremes, ids, values, count);
}

export function minByGroupF32(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<f32, f64>(false, extremes, ids, values, count);
}

export function maxByGroupF32(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<f32, f64>(true, extremes, ids, values, count);
}

export function minByGroupF64(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<f64, f64>(false, extremes, ids, values, count);
}

export function maxByGroupF64(extremes: usize, ids: usize, values: usize, count: u32): void {
  GroupExtreme.run<f64, f64>(true, extremes, ids, values, count);
}
