import type { WindowCall } from '../sql/expression.ts';
import type { Steps } from './steps.ts';
import type { FlatVector } from './vector.ts';
import { STEP_PLACES, type WindowRows } from './window-order.ts';

/** A partition as places, and the peers of one of them. */
interface Place {
  readonly start: number;
  readonly end: number;
  place: number;
  /** The number of the first peers of the partition. */
  readonly firstPeers: number;
}

/** The values of a function that goes by places alone, by row; null for other functions. */
export function rankSteps(call: WindowCall, window: WindowRows): Steps<FlatVector> | null {
  const { peersOf, peers } = window;
  switch (call.function) {
    case 'row_number':
      return ranks(window, ({ place, start }) => place - start + 1);
    case 'rank':
      return ranks(window, ({ place, start }) => peers[peersOf[place]!]! - start + 1);
    case 'dense_rank':
      return ranks(window, ({ place, firstPeers }) => peersOf[place]! - firstPeers + 1);
    case 'ntile':
      return ranks(window, ({ place, start, end }) =>
        bucketOf(place - start, end - start, call.constant),
      );
    case 'percent_rank':
      return shares(window, ({ place, start, end }) =>
        end - start === 1 ? 0 : (peers[peersOf[place]!]! - start) / (end - start - 1),
      );
    case 'cume_dist':
      return shares(
        window,
        ({ place, start, end }) => (peers[peersOf[place]! + 1]! - start) / (end - start),
      );
    default:
      return null;
  }
}

/** The first buckets have one row more where the rows do not come out even. */
function bucketOf(index: number, rowCount: number, bucketCount: number): number {
  const size = Math.floor(rowCount / bucketCount);
  const larger = rowCount % bucketCount;
  const inLarger = larger * (size + 1);
  if (index < inLarger) return Math.floor(index / (size + 1)) + 1;
  return larger + Math.floor((index - inLarger) / size) + 1;
}

function* ranks(window: WindowRows, rank: (place: Place) => number): Steps<FlatVector> {
  const data = new BigInt64Array(window.rows.length);
  // Through the halves, without a BigInt for each row: ranks are below 2^32.
  const low = new Uint32Array(data.buffer);
  yield* eachPlace(window, (row, place) => {
    low[2 * row] = rank(place);
  });
  return { kind: 'flat', type: 'BIGINT', data, nulls: null };
}

function* shares(window: WindowRows, share: (place: Place) => number): Steps<FlatVector> {
  const data = new Float64Array(window.rows.length);
  yield* eachPlace(window, (row, place) => {
    data[row] = share(place);
  });
  return { kind: 'flat', type: 'DOUBLE', data, nulls: null };
}

function* eachPlace(
  { rows, partitions, peersOf }: WindowRows,
  take: (row: number, place: Place) => void,
): Steps<void> {
  for (let index = 0; index + 1 < partitions.length; index++) {
    const [start, end] = [partitions[index]!, partitions[index + 1]!];
    const at: Place = { start, end, place: start, firstPeers: peersOf[start]! };
    for (; at.place < end; at.place++) {
      if (at.place % STEP_PLACES === 0) yield;
      take(rows[at.place]!, at);
    }
  }
}
