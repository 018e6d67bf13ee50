/**
 * What is gathered for the moments of a group, as doubles:
 *
 * - `variance`: count, mean, sum of squared distances from the mean.
 * - `moments`: the same, then the sums of their third and fourth powers.
 * - `covariance`: count, mean of x, mean of y, sums of squared distances of x and of y, and of their
 *   products.
 */
export type MomentKind = 'variance' | 'moments' | 'covariance';

/** Doubles that a group takes. */
export const MOMENT_WIDTH: Readonly<Record<MomentKind, number>> = {
  variance: 3,
  moments: 5,
  covariance: 6,
};

/**
 * Adds the moments of one set of rows to those of another that shares none with it (Chan, Golub and
 * LeVeque 1979; for the higher ones Pébay 2008).
 *
 * @param target a group's doubles, changed in place. @param other the same number of doubles.
 */
export function mergeMoments(kind: MomentKind, target: Float64Array, other: Float64Array): void {
  if (other[0] === 0) return;
  if (target[0] === 0) target.set(other);
  else if (kind === 'covariance') mergeCovariance(target, other);
  else mergePowers(target, other);
}

function mergePowers(target: Float64Array, other: Float64Array): void {
  const [a = 0, meanA = 0, secondA = 0, thirdA = 0, fourthA = 0] = target;
  const [b = 0, meanB = 0, secondB = 0, thirdB = 0, fourthB = 0] = other;
  const rows = a + b;
  const delta = meanB - meanA;
  const step = delta / rows;
  target[0] = rows;
  target[1] = meanA + step * b;
  target[2] = secondA + secondB + delta * step * a * b;
  if (target.length === MOMENT_WIDTH.variance) return;
  const cross = a * secondB - b * secondA;
  target[3] = thirdA + thirdB + delta * step * step * a * b * (a - b) + 3 * step * cross;
  target[4] =
    fourthA +
    fourthB +
    delta * step * step * step * a * b * (a * a - a * b + b * b) +
    6 * step * step * (a * a * secondB + b * b * secondA) +
    4 * step * (a * thirdB - b * thirdA);
}

function mergeCovariance(target: Float64Array, other: Float64Array): void {
  const [a = 0, xA = 0, yA = 0, squaresXA = 0, squaresYA = 0, productsA = 0] = target;
  const [b = 0, xB = 0, yB = 0, squaresXB = 0, squaresYB = 0, productsB = 0] = other;
  const rows = a + b;
  const deltaX = xB - xA;
  const deltaY = yB - yA;
  const weight = (a * b) / rows;
  target[0] = rows;
  target[1] = xA + (deltaX * b) / rows;
  target[2] = yA + (deltaY * b) / rows;
  target[3] = squaresXA + squaresXB + deltaX * deltaX * weight;
  target[4] = squaresYA + squaresYB + deltaY * deltaY * weight;
  target[5] = productsA + productsB + deltaX * deltaY * weight;
}
