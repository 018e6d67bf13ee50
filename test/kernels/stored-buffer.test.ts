import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { STORED_CHUNK_BYTES } from '../../src/base/limits.ts';
import { Prng } from '../../src/base/prng.ts';
import { Scratch } from '../../src/kernels/scratch.ts';
import { decodeStoredBuffer } from '../../src/kernels/stored-buffer.ts';
import { bytesOf } from '../../src/segment/encoded-column.ts';
import type { BufferElement } from '../../src/segment/layout.ts';
import { BufferPacker, type StoredBuffer } from '../../src/segment/storage/store-buffer.ts';
import { decodeStored } from '../segment/decode-stored.ts';
import { floatColumn, integerColumn, repetitiveBytes } from './cases/unpack.ts';
import { loadKernels, PAGE_BYTES } from './load.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`stored buffers: SEED=${seed}\n`);

const PAGES = 512;
const SCRATCH_START = PAGE_BYTES;
const TARGET = 20 * 1_048_576;
const GUARD_BYTES = 256;
const kernels = loadKernels('unshared', PAGES);
const scratch = new Scratch(SCRATCH_START, TARGET - GUARD_BYTES);
const packer = new BufferPacker();

interface Sample {
  readonly bytes: Uint8Array;
  readonly element: BufferElement;
  readonly textOffsets: Uint32Array | null;
}

function sample(
  values: ArrayBufferView,
  kind: BufferElement['kind'],
  widthBytes: BufferElement['widthBytes'],
): Sample {
  return { bytes: bytesOf(values), element: { kind, widthBytes }, textOffsets: null };
}

function sortedTexts(texts: Iterable<string>): Sample {
  const entries = [...new Set(texts)].map((text) => Buffer.from(text)).sort(Buffer.compare);
  const textOffsets = new Uint32Array(entries.length + 1);
  entries.forEach((entry, index) => {
    textOffsets[index + 1] = textOffsets[index]! + entry.length;
  });
  return { ...sample(Buffer.concat(entries), 'bytes', 1), textOffsets };
}

/** Decodes in the very memory that the buffer will fill, with guards on both sides. */
function decodeInPlace(bytes: Uint8Array, { storage, bytes: stored }: StoredBuffer): Uint8Array {
  const { u8 } = kernels;
  const end = TARGET + bytes.length;
  u8.fill(0xa5, TARGET - GUARD_BYTES, end + GUARD_BYTES);
  const address = end - stored.length;
  u8.set(stored, address);
  const location = { role: 'codes', offsetBytes: 64, crc32c: 0 } as const;
  decodeStoredBuffer(kernels, scratch, TARGET, address, {
    ...location,
    lengthBytes: bytes.length,
    storage,
  });
  expect(scratch.mark()).toBe(SCRATCH_START);
  expectGuards(bytes.length);
  return u8.subarray(TARGET, end);
}

function expectGuards(lengthBytes: number): void {
  const end = TARGET + lengthBytes;
  const guards = [
    kernels.u8.subarray(TARGET - GUARD_BYTES, TARGET),
    kernels.u8.subarray(end, end + GUARD_BYTES),
  ];
  for (const guard of guards) expect(guard.every((byte) => byte === 0xa5)).toBe(true);
}

function roundTrip({ bytes, element, textOffsets }: Sample): string {
  const stored = packer.store(bytes, element, textOffsets);
  if (stored === null) return 'plain';
  expect(stored.bytes.length).toBe(stored.storage.lengthBytes);
  expect(stored.bytes.length).toBeLessThan(bytes.length);
  expect(Buffer.compare(decodeInPlace(bytes, stored), bytes)).toBe(0);
  if (bytes.length < 100_000) {
    const { storage } = stored;
    const decoded = decodeStored({ lengthBytes: bytes.length, storage }, stored.bytes);
    expect(Buffer.compare(decoded, bytes)).toBe(0);
  }
  return stored.storage.codec;
}

const range = (length: number, valueAt: (index: number) => number) =>
  Array.from({ length }, (_, index) => valueAt(index));

const WIDTHS = [1, 2, 4, 8] as const;
const COUNTS = [0, 1, 2, 1023, 1024, 1025, 5000];

/** One of each kind that users' data has; the codec that it asks for. */
const EXAMPLES: [string, Sample, string][] = [
  ['no values', sample(new Uint8Array(), 'integer', 1), 'plain'],
  ['one value', sample(Int32Array.of(7), 'integer', 4), 'plain'],
  ['equal values', sample(new BigInt64Array(3000).fill(-(2n ** 63n)), 'integer', 8), 'packed'],
  [
    'timestamps that rise',
    sample(
      BigInt64Array.from(
        range(200_000, (row) => row * 250_000 + ((row * 7919) % 1000)),
        BigInt,
      ),
      'integer',
      8,
    ),
    'packed',
  ],
  [
    'both ends of 64 bits',
    sample(
      BigInt64Array.from(range(2000, Number), (row) => (row % 2 ? 2n ** 63n - 1n : -(2n ** 63n))),
      'integer',
      8,
    ),
    'lz4',
  ],
  ['a random 64-bit hash', sample(integersOf(new Prng(1), 20_000), 'integer', 8), 'plain'],
  [
    'runs',
    sample(Uint16Array.from(range(70_000, (row) => (row >> 7) * 40_503)), 'integer', 2),
    'packed',
  ],
  ['a bitmap with few bits', sample(bitmap(80_000, 0.002), 'integer', 1), 'packed'],
  [
    'prices',
    sample(Float64Array.from(range(90_000, (row) => ((row * 7907) % 99_991) / 100)), 'float', 8),
    'decimal',
  ],
  [
    'single prices',
    sample(Float32Array.from(range(9000, (row) => ((row * 7907) % 9973) / 10)), 'float', 4),
    'decimal',
  ],
  [
    'infinities and −0 among decimals',
    sample(
      Float64Array.from(
        range(5000, (row) => [-0, Infinity, -Infinity][row % 50] ?? ((row * 7907) % 9973) / 8),
      ),
      'float',
      8,
    ),
    'decimal',
  ],
  [
    'URLs',
    sortedTexts(
      range(60_000, Number).map(
        (row) => `https://www.example.com/shop/${row % 97}/item-${row * 7}?from=mail`,
      ),
    ),
    'frontCoded',
  ],
  [
    'texts with an empty one',
    sortedTexts(['', ...range(99, Number).map((row) => `a${row}`)]),
    'frontCoded',
  ],
  [
    'texts without offsets',
    sample(Buffer.from('the same words '.repeat(60_000)), 'bytes', 1),
    'lz4',
  ],
];

function integersOf(random: Prng, count: number): BigInt64Array {
  return new BigInt64Array(Uint32Array.from({ length: 2 * count }, () => random.uint32()).buffer);
}

function bitmap(count: number, share: number): Uint8Array {
  const random = new Prng(3);
  const bytes = new Uint8Array(count >> 3);
  for (let row = 0; row < count; row++)
    if (random.float() < share) bytes[row >> 3]! |= 1 << (row & 7);
  return bytes;
}

describe('a stored buffer gives back the bytes that went in', () => {
  it.each(EXAMPLES)('%s', (_, example, codec) => {
    expect(roundTrip(example)).toBe(codec);
  });

  it('payloads of NaN and the sign of zero, bit by bit', () => {
    const values = Float64Array.from(range(4000, (row) => row / 4));
    const bits = new BigInt64Array(values.buffer);
    for (let row = 0; row < 4000; row += 50) bits[row] = 0x7ff8_0000_0000_0001n + BigInt(row);
    values[7] = -0;
    expect(roundTrip(sample(values, 'float', 8))).toBe('decimal');
  });

  it('over random columns of every width and length, more than a chunk among them', () => {
    const random = new Prng(seed);
    const used = new Set<string>();
    for (const widthBytes of WIDTHS) {
      for (const count of [...COUNTS, Math.ceil((1.3 * STORED_CHUNK_BYTES) / widthBytes)]) {
        for (let round = 0; round < (count > 5000 ? 2 : 10); round++) {
          used.add(
            roundTrip(sample(integerColumn(random, widthBytes, count), 'integer', widthBytes)),
          );
          if (widthBytes < 4) continue;
          const width = widthBytes === 4 ? 4 : 8;
          used.add(roundTrip(sample(floatColumn(random, width, count), 'float', width)));
        }
      }
    }
    for (const count of [1, 100, 70_000, 600_000]) {
      used.add(roundTrip(sample(repetitiveBytes(random, count), 'bytes', 1)));
    }
    const letters = () => range(random.integer(0, 12), () => random.integer(97, 100));
    for (const count of [1, 300, 150_000]) {
      const texts = range(count, Number).map(() =>
        String.fromCharCode(...letters()).repeat(random.integer(1, 4)),
      );
      used.add(roundTrip(sortedTexts(texts)));
    }
    expect([...used].sort()).toEqual(['decimal', 'frontCoded', 'lz4', 'packed', 'plain']);
  });
});

describe('whatever stored bytes hold', () => {
  /** Decodes damaged bytes: an error or other values, and nothing outside of the buffer. */
  function decodeDamaged(bytes: Uint8Array, stored: StoredBuffer): string {
    try {
      decodeInPlace(bytes, stored);
      return 'decoded';
    } catch (error) {
      expectGuards(bytes.length);
      expect(scratch.mark()).toBe(SCRATCH_START);
      if (!(error instanceof EngineError)) throw error;
      expect(error.message).toMatch(
        /^segment: the codes buffer at byte 64: expected \d+ bytes stored/,
      );
      return error.code;
    }
  }

  it('decoding writes nothing outside of the buffer', () => {
    const random = new Prng(seed);
    const outcomes = new Map<string, number>();
    for (const [, { bytes, element, textOffsets }] of EXAMPLES) {
      const stored = packer.store(
        bytes.subarray(0, 40_000),
        element,
        textOffsets?.filter((end) => end <= 40_000) ?? null,
      );
      if (stored === null) continue;
      for (let round = 0; round < 300; round++) {
        const damaged = stored.bytes.slice();
        const from = random.integer(0, 8) === 0 ? 0 : 4;
        const isRubbish = random.integer(0, 4) === 0;
        for (let hits = isRubbish ? damaged.length : random.integer(1, 5); hits > 0; hits--) {
          // The headers decide most, and they are at the start.
          const end = random.integer(0, 2) === 0 ? Math.min(60, damaged.length) : damaged.length;
          damaged[isRubbish ? damaged.length - hits : random.integer(from, end)] = random.uint32();
        }
        const outcome = decodeDamaged(bytes.subarray(0, 40_000), { ...stored, bytes: damaged });
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }
    expect([...outcomes.keys()].sort()).toEqual(['CORRUPT_DATA', 'decoded']);
    expect(outcomes.get('CORRUPT_DATA')).toBeGreaterThan(500);
  });

  it('another codec or length than they were stored with is an error or other values', () => {
    const random = new Prng(seed);
    const bytes = bytesOf(Int32Array.from(range(2000, (row) => row * 3)));
    const stored = packer.store(bytes, { kind: 'integer', widthBytes: 4 }, null)!;
    for (const codec of ['packed', 'decimal', 'frontCoded', 'lz4'] as const) {
      for (const widthBytes of WIDTHS) {
        const storage = { ...stored.storage, codec, widthBytes };
        const length = 8 * random.integer(200, 1000);
        decodeDamaged(bytes, { ...stored, storage });
        if (stored.bytes.length < length)
          decodeDamaged(bytes.subarray(0, length), { ...stored, storage });
      }
    }
  });
});
