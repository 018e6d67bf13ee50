import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { decodeRleHybrid } from '../../src/ingest/parquet-rle.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

function encode(
  random: Prng,
  bitWidth: number,
  runs: number,
): { bytes: Uint8Array; values: number[] } {
  const bytes: number[] = [];
  const values: number[] = [];
  const next = () => (bitWidth === 32 ? random.uint32() : random.integer(0, 2 ** bitWidth));
  for (let run = 0; run < runs; run++) {
    if (random.float() < 0.5) {
      const count = random.integer(1, 300);
      const value = next();
      bytes.push(...varint(2 * count));
      for (let at = 0; at < Math.ceil(bitWidth / 8); at++)
        bytes.push(Math.floor(value / 256 ** at) % 256);
      for (let row = 0; row < count; row++) values.push(value);
    } else {
      const groups = random.integer(1, 40);
      bytes.push(...varint(2 * groups + 1));
      let packed = 0n;
      for (let at = 0; at < 8 * groups; at++) {
        const value = next();
        values.push(value);
        packed |= BigInt(value) << BigInt(at * bitWidth);
      }
      for (let at = 0; at < groups * bitWidth; at++)
        bytes.push(Number((packed >> BigInt(8 * at)) & 255n));
    }
  }
  return { bytes: Uint8Array.from(bytes), values };
}

describe('runs of Parquet levels and dictionary indexes', () => {
  it('decode for every bit width, wherever they start', () => {
    const random = new Prng(seed);
    for (let bitWidth = 1; bitWidth <= 32; bitWidth++) {
      const { bytes, values } = encode(random, bitWidth, 20);
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      const count = values.length - random.integer(0, 7);
      const decoded = decodeRleHybrid(shifted, 3, shifted.length, bitWidth, count);
      expect([...decoded]).toEqual(values.slice(0, count));
    }
  });

  it('are all zero with no bits', () => {
    expect([...decodeRleHybrid(new Uint8Array(0), 0, 0, 0, 3)]).toEqual([0, 0, 0]);
  });

  it('are refused when they end too early', () => {
    const { bytes, values } = encode(new Prng(seed + 1), 7, 5);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeRleHybrid(bytes, 0, end, 7, values.length)).toThrow(RangeError);
    }
    expect(() => decodeRleHybrid(bytes, 0, bytes.length, 33, 1)).toThrow(RangeError);
  });
});
