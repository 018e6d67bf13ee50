import type { MomentFunction } from '../sql/expression.ts';
import { MOMENT_WIDTH, type MomentKind } from './moments.ts';
import type { Vector } from './vector.ts';

/** The moments of a group, as `MomentKind` lists them. */
type Moments = readonly number[];

interface MomentResult {
  /** What has to be gathered. */
  readonly kind: MomentKind;
  /** From how many rows on there is a result; NULL below. */
  readonly rowsMin: number;
  /** Null where it is not defined. */
  readonly compute: (moments: Moments) => number | null;
}

const RESULTS: Readonly<Record<MomentFunction, MomentResult>> = {
  var_pop: variance(1, ([rows = 0, , squares = 0]) => squares / rows),
  var_samp: variance(2, ([rows = 0, , squares = 0]) => squares / (rows - 1)),
  stddev_pop: variance(1, ([rows = 0, , squares = 0]) => Math.sqrt(squares / rows)),
  stddev_samp: variance(2, ([rows = 0, , squares = 0]) => Math.sqrt(squares / (rows - 1))),
  skewness: { kind: 'moments', rowsMin: 3, compute: skewness },
  kurtosis: { kind: 'moments', rowsMin: 4, compute: kurtosis },
  kurtosis_pop: {
    kind: 'moments',
    rowsMin: 1,
    compute: ([rows = 0, , second = 0, , fourth = 0]) =>
      second === 0 ? null : (rows * fourth) / (second * second) - 3,
  },
  covar_pop: covariance(1, ([rows = 0, , , , , products = 0]) => products / rows),
  covar_samp: covariance(2, ([rows = 0, , , , , products = 0]) => products / (rows - 1)),
  corr: covariance(1, ([, , , xs = 0, ys = 0, products = 0]) =>
    xs === 0 || ys === 0 ? null : products / Math.sqrt(xs * ys),
  ),
  regr_avgx: covariance(1, ([, meanX = 0]) => meanX),
  regr_avgy: covariance(1, ([, , meanY = 0]) => meanY),
  regr_sxx: covariance(1, ([, , , xs = 0]) => xs),
  regr_syy: covariance(1, ([, , , , ys = 0]) => ys),
  regr_sxy: covariance(1, ([, , , , , products = 0]) => products),
  regr_slope: covariance(1, slope),
  regr_intercept: covariance(1, intercept),
  regr_r2: covariance(1, ([, , , xs = 0, ys = 0, products = 0]) =>
    xs === 0 ? null : ys === 0 ? 1 : (products * products) / (xs * ys),
  ),
};

/** What has to be gathered for a function of moments. */
export function momentKind(name: MomentFunction): MomentKind {
  return RESULTS[name].kind;
}

/** The values of a function of moments. */
export function momentResult(name: MomentFunction, values: Float64Array): Vector {
  const { kind, rowsMin, compute } = RESULTS[name];
  const width = MOMENT_WIDTH[kind];
  const groupCount = values.length / width;
  const data = new Float64Array(groupCount);
  const nulls = new Uint8Array(groupCount);
  for (let group = 0; group < groupCount; group++) {
    const moments = values.subarray(group * width, (group + 1) * width);
    const result = moments[0]! < rowsMin ? null : compute([...moments]);
    if (result === null) nulls[group] = 1;
    else data[group] = result;
  }
  return { kind: 'flat', type: 'DOUBLE', data, nulls: nulls.includes(1) ? nulls : null };
}

function variance(rowsMin: number, compute: MomentResult['compute']): MomentResult {
  return { kind: 'variance', rowsMin, compute };
}

function covariance(rowsMin: number, compute: MomentResult['compute']): MomentResult {
  return { kind: 'covariance', rowsMin, compute };
}

function slope([, , , xs = 0, , products = 0]: Moments): number | null {
  return xs === 0 ? null : products / xs;
}

function intercept(moments: Moments): number | null {
  const [, meanX = 0, meanY = 0] = moments;
  const perX = slope(moments);
  return perX === null ? null : meanY - perX * meanX;
}

/** Of a sample: the third moment in units of the deviation, corrected for the sample's size. */
function skewness([rows = 0, , second = 0, third = 0]: Moments): number | null {
  if (second === 0) return null;
  const deviation = Math.sqrt(second / (rows - 1));
  return (rows / ((rows - 1) * (rows - 2))) * (third / deviation ** 3);
}

/** Of a sample, in excess of a normal distribution's. */
function kurtosis([rows = 0, , second = 0, , fourth = 0]: Moments): number | null {
  if (second === 0) return null;
  const scale = (rows * (rows + 1) * (rows - 1)) / ((rows - 2) * (rows - 3));
  const excess = (3 * (rows - 1) ** 2) / ((rows - 2) * (rows - 3));
  return (scale * fourth) / (second * second) - excess;
}
