import type { Prng } from '../../../src/base/prng.ts';
import { EDGES } from './corpus.ts';

const OP_CODE_OFFSET_BYTES = 4;
const OP_CODE_MAX = 110;
const MUTATIONS_MAX = 4;

/** One of a list. */
export function pick<T>(prng: Prng, items: readonly T[]): T {
  return items[prng.integer(0, items.length)]!;
}

/** A changed copy: bits, numbers at their edges, cuts, repetitions, pieces of another one. */
export function mutated(prng: Prng, original: Uint8Array, others: readonly Uint8Array[]) {
  let bytes: Uint8Array = original.slice();
  for (let left = prng.integer(1, MUTATIONS_MAX + 1); left > 0; left--) {
    bytes = pick(prng, MUTATIONS)(prng, bytes, pick(prng, others));
  }
  return bytes;
}

type Mutation = (prng: Prng, bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  (prng, bytes) => withByte(prng, bytes, (byte) => byte ^ (1 << prng.integer(0, 8))),
  (prng, bytes) => withByte(prng, bytes, () => prng.integer(0, 256)),
  (prng, bytes) => withInt32(bytes, prng.integer(0, bytes.length + 1), pick(prng, EDGES)),
  (prng, bytes) => withInt32(bytes, prng.integer(0, bytes.length + 1), bytes.length),
  (prng, bytes) => withInt32(bytes, OP_CODE_OFFSET_BYTES, prng.integer(-12, OP_CODE_MAX)),
  (prng, bytes) => bytes.slice(0, prng.integer(0, bytes.length + 1)),
  (prng, bytes) => joined(bytes, noise(prng)),
  (prng, bytes) => {
    const [start, end] = range(prng, bytes);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  (prng, bytes) => {
    const [start, end] = range(prng, bytes);
    return joined(bytes.subarray(0, end), bytes.subarray(start, end), bytes.subarray(end));
  },
  (prng, bytes, other) => {
    const [start, end] = range(prng, other);
    const at = prng.integer(0, bytes.length + 1);
    return joined(bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(at));
  },
];

function withByte(prng: Prng, bytes: Uint8Array, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = prng.integer(0, bytes.length);
  bytes[at] = change(bytes[at]!);
  return bytes;
}

function withInt32(bytes: Uint8Array, at: number, value: number): Uint8Array {
  if (at + 4 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset).setInt32(at, value);
  return bytes;
}

function noise(prng: Prng): Uint8Array {
  return Uint8Array.from({ length: prng.integer(1, 20) }, () => prng.integer(0, 256));
}

function range(prng: Prng, bytes: Uint8Array): [number, number] {
  const start = prng.integer(0, bytes.length + 1);
  return [start, prng.integer(start, bytes.length + 1)];
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
