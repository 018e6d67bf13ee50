import { expect } from 'vitest';
import type { Prng } from '../../src/base/prng.ts';
import type { KernelExports } from '../../src/kernels/exports.ts';
import type { KernelInstance } from '../../src/kernels/instance.ts';

/** What buffers are made of. */
export type Vector =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** One kernel against its twin, on `count` rows. */
export type Case = (harness: Harness, count: number) => void;

/** The names of all kernels. */
export type KernelName = keyof KernelExports;

const REGION_BYTES = 65_536;
const GUARD_BYTE = 0xa5;
const GUARD_BYTES = 48;

interface Expectation {
  readonly address: number;
  readonly vector: Vector;
}

/**
 * Lays buffers into the last 64 KiB of a memory, from its very end downwards, aligned to their
 * element size only, with guard bytes between; then checks every byte of the region, so that a
 * kernel that writes anything else than its twin says is caught.
 */
export class Harness {
  readonly random: Prng;
  readonly #kernels: KernelInstance;
  readonly #region: Uint8Array;
  readonly #regionStart: number;
  readonly #expectations: Expectation[] = [];
  #top: number;

  constructor(kernels: KernelInstance, random: Prng) {
    this.#kernels = kernels;
    this.random = random;
    this.#top = kernels.u8.length;
    this.#regionStart = this.#top - REGION_BYTES;
    this.#region = kernels.u8.subarray(this.#regionStart);
    this.#region.fill(GUARD_BYTE);
  }

  /** Copies a vector into memory and returns its address. */
  put(vector: Vector): number {
    const unit = vector.BYTES_PER_ELEMENT;
    const address = Math.floor((this.#top - vector.byteLength) / unit) * unit;
    this.#top = address - GUARD_BYTES;
    expect(this.#top).toBeGreaterThan(this.#regionStart);
    this.#region.set(bytesOf(vector), address - this.#regionStart);
    return address;
  }

  /** Says what a buffer holds after the call; buffers without a word stay as they were put. */
  expect(address: number, vector: Vector): void {
    this.#expectations.push({ address, vector });
  }

  /** Puts a buffer and says at once what it becomes. */
  become(before: Vector, after: Vector): number {
    const address = this.put(before);
    this.expect(address, after);
    return address;
  }

  /** Puts a buffer of garbage that shall become `after`. */
  output(after: Vector): number {
    const garbage = after.slice();
    bytesOf(garbage).fill(0x5a);
    return this.become(garbage, after);
  }

  /** Calls a kernel, checks its result, then every byte of the region. */
  call(name: KernelName, args: readonly (number | bigint)[], result?: number | bigint): void {
    const image = this.#region.slice();
    const kernel = this.#kernels.run[name] as (...args: readonly unknown[]) => unknown;
    const actual = kernel(...args);
    if (result !== undefined) expect(sameZero(actual)).toBe(sameZero(result));
    else expect(actual).toBe(undefined);
    for (const { address, vector } of this.#expectations) this.#compare(image, address, vector);
    const difference = firstDifference(this.#region, image);
    expect(difference, `byte ${difference - this.#top + this.#regionStart} above the buffers`).toBe(
      -1,
    );
  }

  /** Floats may differ in the sign of zero and in the bits of a NaN. */
  #compare(image: Uint8Array, address: number, vector: Vector): void {
    const start = address - this.#regionStart;
    const actual = this.#region.slice(start, start + vector.byteLength);
    const isFloat = vector instanceof Float32Array || vector instanceof Float64Array;
    if (!isFloat) {
      if (firstDifference(actual, bytesOf(vector)) >= 0)
        expect(viewAs(actual, vector)).toEqual(vector);
      image.set(bytesOf(vector), start);
      return;
    }
    expect(Array.from(viewAs(actual, vector), sameZero)).toEqual(Array.from(vector, sameZero));
    image.set(actual, start);
  }
}

function sameZero(value: unknown): unknown {
  return value === 0 ? 0 : value;
}

function bytesOf(vector: Vector): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function viewAs<V extends Vector>(bytes: Uint8Array, vector: V): V {
  const type = vector.constructor as unknown as new (buffer: ArrayBufferLike) => V;
  return new type(bytes.buffer);
}

function firstDifference(left: Uint8Array, right: Uint8Array): number {
  if (Buffer.compare(left, right) === 0) return -1;
  return left.findIndex((byte, index) => byte !== right[index]);
}
