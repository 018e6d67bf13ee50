import { adler32 } from '../../base/adler32.ts';
import { crc32c } from '../../base/checksum.ts';
import { crc32, fnv32, fnv64, murmur2Bit64, murmur3Bit128 } from '../../base/hash-scalars.ts';
import { KAFKA_SEED, murmur2Bit32 } from '../../base/murmur2.ts';
import { murmur3Bit32 } from '../../base/murmur3.ts';
import { type DataType, isText } from '../../base/types.ts';
import type { Call } from '../../sql/expression.ts';
import type { FlatData, Vector } from '../vector.ts';
import {
  type Argument,
  callError,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { flatDataOf } from './memory.ts';
import { md5, type Sha2Bits, sha1, sha2 } from './message-digest.ts';
import { applyToText, bytesFunction, bytesMaker, type ScalarResult } from './text-apply.ts';

const PINOT_MURMUR2_SEED = 0xe17a1465;
const IMPALA_FNV_SEED = 0x811c9dc5n;
const IMPALA_MURMUR_SEED = 0;

/** Digests, checksums and hash functions. */
export const HASHES: Readonly<Record<string, Implementation>> = {
  md5: ofBytes(md5),
  sha1: ofBytes(sha1),
  sha224: ofBytes((bytes) => sha2(bytes, 224)),
  sha256: ofBytes((bytes) => sha2(bytes, 256)),
  sha384: ofBytes((bytes) => sha2(bytes, 384)),
  sha512: ofBytes((bytes) => sha2(bytes, 512)),
  sha2: bytesFunction((call) => (bytes, bits: number) => sha2(bytes, checkBits(bits, call))),
  crc32: ofBytes(crc32),
  crc32c: ofBytes((bytes) => crc32c(bytes) | 0),
  adler32: ofBytes((bytes) => adler32(bytes) | 0),
  fnv1_hash32: ofBytes((bytes) => fnv32(bytes, false)),
  fnv1a_hash32: ofBytes((bytes) => fnv32(bytes, true)),
  fnv1_hash64: ofBytes((bytes) => fnv64(bytes, false)),
  fnv1a_hash64: ofBytes((bytes) => fnv64(bytes, true)),
  murmur_hash2: ofBytes((bytes) => murmur2Bit32(bytes, KAFKA_SEED)),
  murmur_hash2_bit64: ofBytes(murmur2Bit64, PINOT_MURMUR2_SEED),
  murmur_hash3_bit32: ofBytes(murmur3Bit32),
  murmur_hash3_bit64: ofBytes((bytes, seed) => BigInt.asIntN(64, murmur3Bit128(bytes, seed)[0])),
  murmur_hash3_bit128: ofBytes((bytes, seed) =>
    murmur3Bit128(bytes, seed).map(littleEndianHex).join(''),
  ),
  fnv_hash: ofValue((bytes) => fnv64(bytes, true, IMPALA_FNV_SEED)),
  murmur_hash: ofValue((bytes) => murmur2Bit64(bytes, IMPALA_MURMUR_SEED)),
};

function ofBytes(
  hash: (bytes: Uint8Array, seed: number) => ScalarResult,
  defaultSeed = 0,
): Implementation {
  return bytesFunction(
    () =>
      (bytes, seed = defaultSeed) =>
        hash(bytes, seed),
  );
}

function checkBits(bits: number, call: Call): Sha2Bits {
  if (bits === 224 || bits === 256 || bits === 384 || bits === 512) return bits;
  throw callError(call, 'INVALID_QUERY', `sha2 expects 224, 256, 384 or 512 bits, found ${bits}`);
}

function littleEndianHex(half: bigint): string {
  const digits = half.toString(16).padStart(16, '0');
  return (digits.match(/../g) ?? []).reverse().join('');
}

function ofValue(hash: (bytes: Uint8Array) => bigint): Implementation {
  return strict((args, invocation) =>
    isText(args[0]!.type)
      ? applyToText(args, invocation, hashOfText(args[0]!, hash))
      : hashFlat(args[0]!, invocation, hash),
  );
}

function hashOfText(argument: Argument, hash: (bytes: Uint8Array) => bigint) {
  const toBytes = bytesMaker(argument);
  return (text: string): bigint => hash(toBytes(text));
}

/** What is wider here than its type is hashed as the bytes that it has in the type. */
function hashFlat(
  argument: Argument,
  { rowCount, nulls }: Invocation,
  hash: (bytes: Uint8Array) => bigint,
): Vector {
  const data = inOwnWidth(argument.type, flatDataOf(argument, rowCount));
  const width = data.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const hashes = new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    hashes[row] = hash(bytes.subarray(row * width, (row + 1) * width));
  }
  return flat('BIGINT', hashes, nulls);
}

function inOwnWidth(
  type: DataType,
  values: FlatData,
): FlatData | Float32Array | Int8Array | Int16Array {
  if (type === 'FLOAT') return Float32Array.from(values as Float64Array);
  if (type === 'TINYINT') return Int8Array.from(values as Int32Array);
  return type === 'SMALLINT' ? Int16Array.from(values as Int32Array) : values;
}
