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
