import type { DataType } from '../../base/types.ts';
import { type FunctionSignature, overload, overloaded, simple, textOrBytes } from './signature.ts';

const HASHED_TYPES: readonly DataType[] = [
  ...([
    'STRING',
    'BYTES',
    'BOOLEAN',
    'TINYINT',
    'SMALLINT',
    'INT',
    'BIGINT',
    'FLOAT',
    'DOUBLE',
  ] as const),
];

/** Hash functions. Of a text they hash its UTF-8 bytes, of BYTES those; hashes of 32 bits are INT, of 64 BIGINT. */
export const HASH_FUNCTIONS: readonly FunctionSignature[] = [
  ofText('md5', 'The MD5 digest as 32 hexadecimal digits.', 'STRING'),
  ofText('sha1', 'The SHA-1 digest as 40 hexadecimal digits.', 'STRING', ['sha']),
  ofText('sha224', 'The SHA-224 digest as 56 hexadecimal digits.', 'STRING'),
  ofText('sha256', 'The SHA-256 digest as 64 hexadecimal digits.', 'STRING'),
  ofText('sha384', 'The SHA-384 digest as 96 hexadecimal digits.', 'STRING'),
  ofText('sha512', 'The SHA-512 digest as 128 hexadecimal digits.', 'STRING'),
  textOrBytes(
    'sha2',
    'The SHA-2 digest of 224, 256, 384 or 512 bits as hexadecimal digits.',
    ['BIGINT'],
    'STRING',
  ),
  ofText('crc32', 'The CRC-32 of zip files.', 'INT'),
  ofText('crc32c', 'The CRC-32C (Castagnoli).', 'INT'),
  ofText('adler32', 'The Adler-32 checksum.', 'INT'),
  ofText('fnv1_hash32', 'The FNV-1 hash of 32 bits.', 'INT', ['fnv1_32', 'fnv1_hash32_utf8']),
  ofText('fnv1a_hash32', 'The FNV-1a hash of 32 bits.', 'INT', ['fnv1a_32', 'fnv1a_hash32_utf8']),
  ofText('fnv1_hash64', 'The FNV-1 hash of 64 bits.', 'BIGINT', ['fnv1_64', 'fnv1_hash64_utf8']),
  ofText('fnv1a_hash64', 'The FNV-1a hash of 64 bits.', 'BIGINT', [
    'fnv1a_64',
    'fnv1a_hash64_utf8',
  ]),
  ofText('murmur_hash2', 'The MurmurHash2 of 32 bits with the seed of Kafka.', 'INT', [
    'murmur2',
    'murmur_hash2_utf8',
  ]),
  seeded('murmur_hash2_bit64', 'The MurmurHash2 of 64 bits.', 'BIGINT'),
  seeded('murmur_hash3_bit32', 'The MurmurHash3 of 32 bits.', 'INT', ['murmur3_32']),
  seeded('murmur_hash3_bit64', 'The first half of the MurmurHash3 of 128 bits for x64.', 'BIGINT'),
  seeded(
    'murmur_hash3_bit128',
    'The MurmurHash3 of 128 bits for x64, its bytes as hexadecimal digits.',
    'STRING',
  ),
  simple(
    'rand_at',
    'A number from 0 to below 1 that a seed, a text and a number decide and that looks like chance.',
    ['BIGINT', 'STRING', 'INT'],
    'DOUBLE',
  ),
  simple(
    'uuid_at',
    'A UUID of version 4 that two seeds, a text and a number decide and that looks like chance.',
    ['BIGINT', 'BIGINT', 'STRING', 'INT'],
    'STRING',
  ),
  ofValue('fnv_hash', "The FNV-1a hash of 64 bits with Impala's seed, of the value's bytes."),
  ofValue('murmur_hash', "The MurmurHash2 of 64 bits with Impala's seed, of the value's bytes."),
];

function ofText(
  name: string,
  summary: string,
  result: DataType,
  aliases: readonly string[] = [],
): FunctionSignature {
  return textOrBytes(name, summary, [], result, { aliases });
}

/** The second argument is the seed. */
function seeded(
  name: string,
  summary: string,
  result: DataType,
  aliases: readonly string[] = [],
): FunctionSignature {
  return textOrBytes(name, summary, ['INT'], result, { optionalCount: 1, aliases });
}

/** Numbers are hashed by their bytes, low byte first, as many as their type has. */
function ofValue(name: string, summary: string): FunctionSignature {
  const overloads = HASHED_TYPES.map((type) => overload([type], 'BIGINT'));
  return overloaded(name, summary, overloads);
}
