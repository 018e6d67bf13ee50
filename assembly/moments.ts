/**
 * Moments of groups in one pass, without the cancellation that sums of squares suffer from: the
 * update of one value after Welford (1962) and, for higher moments, Pébay (2008).
 */

/** States of 3 × f64 a group: count, mean, sum of squared distances from the mean. */
export function varianceByGroup(states: usize, ids: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    const state = states + <usize>load<u32>(ids) * 24;
    const value = load<f64>(values);
    const rows = load<f64>(state) + 1;
    const mean = load<f64>(state, 8);
    const delta = value - mean;
    const newMean = mean + delta / rows;
    store<f64>(state, rows);
    store<f64>(state, newMean, 8);
    store<f64>(state, load<f64>(state, 16) + delta * (value - newMean), 16);
    ids += 4;
    values += 8;
  }
}

/** States of 5 × f64 a group: count, mean, sums of the second to fourth powers of the distances. */
export function momentsByGroup(states: usize, ids: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    const state = states + <usize>load<u32>(ids) * 40;
    const before = load<f64>(state);
    const rows = before + 1;
    const mean = load<f64>(state, 8);
    const second = load<f64>(state, 16);
    const third = load<f64>(state, 24);
    const delta = load<f64>(values) - mean;
    const step = delta / rows;
    const square = step * step;
    const term = delta * step * before;
    store<f64>(state, rows);
    store<f64>(state, mean + step, 8);
    store<f64>(state, second + term, 16);
    store<f64>(state, third + term * step * (rows - 2) - 3 * step * second, 24);
    const fourth = term * square * (rows * rows - 3 * rows + 3) + 6 * square * second;
    store<f64>(state, load<f64>(state, 32) + fourth - 4 * step * third, 32);
    ids += 4;
    values += 8;
  }
}

/**
 * States of 6 × f64 a group: count, mean of x, mean of y, sums of the squared distances of x and of
 * y, and of the products of both.
 */
export function covarianceByGroup(
  states: usize,
  ids: usize,
  xs: usize,
  ys: usize,
  count: u32,
): void {
  for (; count > 0; count--) {
    const state = states + <usize>load<u32>(ids) * 48;
    const rows = load<f64>(state) + 1;
    const x = load<f64>(xs);
    const y = load<f64>(ys);
    const deltaX = x - load<f64>(state, 8);
    const deltaY = y - load<f64>(state, 16);
    const meanX = load<f64>(state, 8) + deltaX / rows;
    const meanY = load<f64>(state, 16) + deltaY / rows;
    store<f64>(state, rows);
    store<f64>(state, meanX, 8);
    store<f64>(state, meanY, 16);
    store<f64>(state, load<f64>(state, 24) + deltaX * (x - meanX), 24);
    store<f64>(state, load<f64>(state, 32) + deltaY * (y - meanY), 32);
    store<f64>(state, load<f64>(state, 40) + deltaX * (y - meanY), 40);
    ids += 4;
    xs += 8;
    ys += 8;
  }
}

/** Sums over all rows of a batch, in several accumulators. */
class Batch {
  private constructor() {}

  @inline static lanesOf(a: v128, b: v128): f64 {
    const sum = f64x2.add(a, b);
    return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  }

  @inline static sum(values: usize, count: u32): f64 {
    let a = f64x2.splat(0);
    let b = a;
    for (let fours = count >> 2; fours > 0; fours--) {
      a = f64x2.add(a, v128.load(values));
      b = f64x2.add(b, v128.load(values, 16));
      values += 32;
    }
    let sum = Batch.lanesOf(a, b);
    for (let rest = count & 3; rest > 0; rest--) {
      sum += load<f64>(values);
      values += 8;
    }
    return sum;
  }

  /** Sum of the products of the distances of both from their means. */
  @inline static products(xs: usize, meanX: f64, ys: usize, meanY: f64, count: u32): f64 {
    const mx = f64x2.splat(meanX);
    const my = f64x2.splat(meanY);
    let a = f64x2.splat(0);
    let b = a;
    for (let fours = count >> 2; fours > 0; fours--) {
      const first = f64x2.mul(f64x2.sub(v128.load(xs), mx), f64x2.sub(v128.load(ys), my));
      const x = f64x2.sub(v128.load(xs, 16), mx);
      a = f64x2.add(a, first);
      b = f64x2.add(b, f64x2.mul(x, f64x2.sub(v128.load(ys, 16), my)));
      xs += 32;
      ys += 32;
    }
    let sum = Batch.lanesOf(a, b);
    for (let rest = count & 3; rest > 0; rest--) {
      sum += (load<f64>(xs) - meanX) * (load<f64>(ys) - meanY);
      xs += 8;
      ys += 8;
    }
    return sum;
  }
}

/**
 * Adds all rows to one state of 3 × f64: first their mean, then the distances from it, then both
 * states together (Chan, Golub and LeVeque 1979). No row waits for the one before it.
 */
export function varianceOfAll(state: usize, values: usize, count: u32): void {
  if (count === 0) return;
  const rows = <f64>count;
  const mean = Batch.sum(values, count) / rows;
  const squares = Batch.products(values, mean, values, mean, count);
  const before = load<f64>(state);
  const all = before + rows;
  const delta = mean - load<f64>(state, 8);
  store<f64>(state, all);
  store<f64>(state, load<f64>(state, 8) + (delta * rows) / all, 8);
  store<f64>(state, load<f64>(state, 16) + squares + (delta * delta * before * rows) / all, 16);
}

/** The same for one state of 6 × f64. */
export function covarianceOfAll(state: usize, xs: usize, ys: usize, count: u32): void {
  if (count === 0) return;
  const rows = <f64>count;
  const meanX = Batch.sum(xs, count) / rows;
  const meanY = Batch.sum(ys, count) / rows;
  const before = load<f64>(state);
  const all = before + rows;
  const deltaX = meanX - load<f64>(state, 8);
  const deltaY = meanY - load<f64>(state, 16);
  const weight = (before * rows) / all;
  const squaresX = Batch.products(xs, meanX, xs, meanX, count);
  const squaresY = Batch.products(ys, meanY, ys, meanY, count);
  const products = Batch.products(xs, meanX, ys, meanY, count);
  store<f64>(state, all);
  store<f64>(state, load<f64>(state, 8) + (deltaX * rows) / all, 8);
  store<f64>(state, load<f64>(state, 16) + (deltaY * rows) / all, 16);
  store<f64>(state, load<f64>(state, 24) + squaresX + deltaX * deltaX * weight, 24);
  store<f64>(state, load<f64>(state, 32) + squaresY + deltaY * deltaY * weight, 32);
  store<f64>(state, load<f64>(state, 40) + products + deltaX * deltaY * weight, 40);
}
