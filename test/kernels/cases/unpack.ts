import type { Prng } from '../../../src/base/prng.ts';
import { DecimalPacker } from '../../../src/segment/storage/decimals.ts';
import { type IntegerArray, IntegerPacker } from '../../../src/segment/storage/integers.ts';
import { Lz4Compressor } from '../../../src/segment/storage/lz4.ts';
import { decodeChunk } from '../../segment/decode-stored.ts';
import type { Case, Harness, KernelName } from '../harness.ts';
import { anyValue, anyVector } from '../values.ts';

/** What kernels may read after their input. */
const READ_AHEAD_BYTES = 16;
/** Working space below the region that the harness watches. */
const SCRATCH_ADDRESS = 1024;

const integerPacker = new IntegerPacker();
const decimalPacker = new DecimalPacker(integerPacker);
const lz4 = new Lz4Compressor();

/** Twins of the decoders of stored buffers, on what the encoders write. */
export function unpackCases() {
  return {
    unpackIntegers8: integers('unpackIntegers8', 1),
    unpackIntegers16: integers('unpackIntegers16', 2),
    unpackIntegers32: integers('unpackIntegers32', 4),
    unpackIntegers64: integers('unpackIntegers64', 8),
    unpackDecimalsF32: decimals('unpackDecimalsF32', 4),
    unpackDecimalsF64: decimals('unpackDecimalsF64', 8),
    decompressLz4: (harness, count) => {
      const bytes = repetitiveBytes(harness.random, count);
      const stored = written((out) => lz4.compress(bytes, out, 0));
      const decoded = decodeChunk(stored, { codec: 'lz4', widthBytes: 1 }, count);
      const out = harness.output(decoded);
      harness.call('decompressLz4', [out, count, putStored(harness, stored), stored.length], 1);
    },
    joinPieces: (harness, count) => {
      const { random } = harness;
      const prefixes = new Uint32Array(count);
      const lengths = Uint32Array.from({ length: count }, () => random.integer(0, 40));
      const ownBytes = lengths.reduce((sum, length) => sum + length, 0);
      const own = anyVector(random, 'U8', ownBytes) as Uint8Array;
      const joined: number[] = [];
      let piece: number[] = [];
      let at = 0;
      for (let index = 0; index < count; index++) {
        prefixes[index] = random.integer(0, piece.length + 1);
        const end = at + lengths[index]!;
        piece = [...piece.slice(0, prefixes[index]!), ...own.subarray(at, end)];
        joined.push(...piece);
        at = end;
      }
      const out = harness.output(Uint8Array.from(joined));
      const inputs = [harness.put(prefixes), harness.put(lengths), putStored(harness, own)];
      harness.call('joinPieces', [out, joined.length, ...inputs, ownBytes, count], 1);
    },
  } satisfies Partial<Record<KernelName, Case>>;
}

function integers(name: KernelName, widthBytes: 1 | 2 | 4 | 8): Case {
  return (harness, count) => {
    const values = integerColumn(harness.random, widthBytes, count);
    const stored = written((out) => integerPacker.packChunk(values, out, 0));
    const decoded = decodeChunk(stored, { codec: 'packed', widthBytes }, count * widthBytes);
    const out = harness.output(decoded);
    harness.call(name, [out, putStored(harness, stored), stored.length, count], 1);
  };
}

function decimals(name: KernelName, widthBytes: 4 | 8): Case {
  return (harness, count) => {
    const values = floatColumn(harness.random, widthBytes, count);
    const stored = written((out) => decimalPacker.packChunk(values, out, 0));
    const decoded = decodeChunk(stored, { codec: 'decimal', widthBytes }, count * widthBytes);
    const out = harness.output(decoded);
    const input = putStored(harness, stored);
    harness.call(name, [out, input, stored.length, SCRATCH_ADDRESS, count], 1);
  };
}

/** Integers that ask for one of the modes and for any number of bits. */
export function integerColumn(
  random: Prng,
  widthBytes: 1 | 2 | 4 | 8,
  count: number,
): IntegerArray {
  const width = 8 * widthBytes;
  const bits = BigInt(random.integer(0, width + 1));
  const any = () => (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
  const below = () => any() & ((1n << bits) - 1n);
  const kind = random.integer(0, 4);
  let value = any();
  const values = Array.from({ length: count }, () => {
    if (kind === 0) return any() & 1n ? BigInt(anyValue(random, 'I64')) : value;
    if (kind === 1) return value + below();
    if (kind === 2) value += below() - (below() >> 1n);
    else if (random.integer(0, 30) === 0) value = below();
    return value;
  });
  const wide = BigInt64Array.from(values, (each) => BigInt.asIntN(64, each));
  switch (widthBytes) {
    case 1:
      return Uint8Array.from(wide, (each) => Number(BigInt.asUintN(8, each)));
    case 2:
      return Uint16Array.from(wide, (each) => Number(BigInt.asUintN(16, each)));
    case 4:
      return Int32Array.from(wide, (each) => Number(BigInt.asIntN(32, each)));
    case 8:
      return wide;
  }
}

/** Decimals with some other floats among them, or any floats. */
export function floatColumn(
  random: Prng,
  widthBytes: 4 | 8,
  count: number,
): Float32Array | Float64Array {
  const power = 10 ** random.integer(0, 9);
  const spread = 10 ** random.integer(1, 8);
  const otherShare = random.pick([0, 0, 0.01, 0.3, 1]);
  const values = Array.from({ length: count }, () =>
    random.float() < otherShare
      ? Number(anyValue(random, 'F64'))
      : random.integer(-spread, spread) / power,
  );
  return widthBytes === 4 ? Float32Array.from(values) : Float64Array.from(values);
}

/** Bytes that hold copies of themselves, near and far. */
export function repetitiveBytes(random: Prng, count: number): Uint8Array {
  const bytes = anyVector(random, 'U8', count) as Uint8Array;
  for (let start = 1; start < count; start += random.integer(1, 60)) {
    const distance = random.integer(1, Math.min(start, random.pick([4, 40, 65_535])) + 1);
    const end = Math.min(count, start + random.integer(0, random.pick([20, 600])));
    for (let at = start; at < end; at++) bytes[at] = bytes[at - distance]!;
  }
  return bytes;
}

function written(write: (out: Uint8Array) => number): Uint8Array {
  const out = new Uint8Array(16_384);
  return out.slice(0, write(out));
}

function putStored(harness: Harness, stored: ArrayLike<number>): number {
  const padded = new Uint8Array(stored.length + READ_AHEAD_BYTES).fill(0xee);
  padded.set(stored);
  return harness.put(padded);
}
