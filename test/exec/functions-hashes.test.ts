import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DataType, Value } from '../../src/base/types.ts';
import { Evaluator } from './evaluation.ts';

const evaluator = new Evaluator();

const FOX = 'The quick brown fox jumps over the lazy dog';
const TWO_BLOCKS = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
const TWO_WIDE_BLOCKS =
  'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu';
const LONG_NUMBER =
  '12345678901234567890123456789012345678901234567890123456789012345678901234567890';
const MILLION = 'a'.repeat(1_000_000);

/** The test suite of RFC 1321, and the examples of FIPS 180-4 that NIST publishes. */
const DIGESTS: readonly (readonly [call: string, text: string, digest: string])[] = [
  ['md5(?)', '', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['md5(?)', 'a', '0cc175b9c0f1b6a831c399e269772661'],
  ['md5(?)', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['md5(?)', 'message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['md5(?)', 'abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ['md5(?)', LONG_NUMBER, '57edf4a22be3c955ac49da2e2107b67a'],
  ['md5(?)', MILLION, '7707d6ae4e027c70eea2a935c2296f21'],
  ['sha1(?)', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['sha(?)', TWO_BLOCKS, '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
  ['sha1(?)', MILLION, '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ['sha1(?)', '', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['sha224(?)', 'abc', '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'],
  ['sha2(?, 224)', TWO_BLOCKS, '75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525'],
  ['sha256(?)', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['sha256(?)', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['sha2(?, 256)', TWO_BLOCKS, '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  ['sha256(?)', MILLION, 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  [
    'sha384(?)',
    'abc',
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ],
  [
    'sha2(?, 384)',
    TWO_WIDE_BLOCKS,
    '09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039',
  ],
  [
    'sha512(?)',
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'sha2(?, 512)',
    TWO_WIDE_BLOCKS,
    '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
  ],
  [
    'sha512(?)',
    MILLION,
    'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b',
  ],
  ['md5(?)', 'Éa😀z', '1a37ceb981c41d6cbce54a32ae05c309'],
];

it.each(DIGESTS)('%s, example %#', (call, text, digest) => {
  expect(evaluator.one(call, ['STRING', text])).toBe(digest);
});

/** Checksums: RFC 1950's and RFC 3720's examples and the check values of the CRC catalogue. FNV: RFC 9923. */
const HASHES: readonly (readonly [call: string, text: string, hash: number | bigint])[] = [
  ['crc32(?)', '', 0],
  ['crc32(?)', '123456789', 0xcbf43926 | 0],
  ['crc32c(?)', '123456789', 0xe3069283 | 0],
  ['adler32(?)', '', 1],
  ['adler32(?)', 'Wikipedia', 0x11e60398],
  ['fnv1_32(?)', '', 0x811c9dc5 | 0],
  ['fnv1_hash32(?)', 'a', 0x050c5d7e],
  ['fnv1Hash32UTF8(?)', 'foobar', 0x31f0b262],
  ['fnv1a_32(?)', 'a', 0xe40c292c | 0],
  ['fnv1aHash32(?)', 'foobar', 0xbf9cf968 | 0],
  ['fnv1_64(?)', '', BigInt.asIntN(64, 0xcbf29ce484222325n)],
  ['fnv1_hash64(?)', 'a', BigInt.asIntN(64, 0xaf63bd4c8601b7ben)],
  ['fnv1Hash64(?)', 'foobar', 0x340d8765a4dda9c2n],
  ['fnv1a_64(?)', 'a', BigInt.asIntN(64, 0xaf63dc4c8601ec8cn)],
  ['fnv1aHash64(?)', 'foobar', BigInt.asIntN(64, 0x85944171f73967e8n)],
  // The vectors of Kafka's tests, whose partitioner Pinot follows.
  ['murmurHash2(?)', '21', -973_932_308],
  ['murmur2(?)', 'foobar', -790_332_482],
  ['murmur2(?)', 'a-little-bit-long-string', -985_981_536],
  ['murmur2(?)', 'a-little-bit-longer-string', -1_486_304_829],
  ['murmur2(?)', 'lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['murmurHash2UTF8(?)', 'abc', 479_470_107],
  // stream-lib, whose hash and seed Pinot's is.
  ['murmurHash2Bit64(?)', 'hashthis', -8_896_273_065_425_798_843n],
  // The reference implementation's results, as most ports test them.
  ['murmur3_32(?)', '', 0],
  ['murmurHash3Bit32(?, 1)', '', 0x514e28b7],
  ['murmurHash3Bit32(?, 0)', 'hello', 0x248bfa47],
  ['murmur3_32(?)', 'hello, world', 0x149bbb7f],
  ['murmur3_32(?)', '19 Jan 2038 at 3:14:07 AM', 0xe31e8a70 | 0],
  ['murmur3_32(?)', `${FOX}.`, 0xd5c48bfc | 0],
  ['murmurHash3Bit64(?)', '', 0n],
  ['murmurHash3Bit64(?, 0)', 'hello', BigInt.asIntN(64, 0xcbd8a7b341bd9b02n)],
  ['murmurHash3Bit64(?)', 'hello, world', 0x342fac623a5ebc8en],
  ['murmurHash3Bit64(?)', '19 Jan 2038 at 3:14:07 AM', BigInt.asIntN(64, 0xb89e5988b737affcn)],
  ['murmurHash3Bit64(?)', `${FOX}.`, BigInt.asIntN(64, 0xcd99481f9ee902c9n)],
  // Impala's documentation.
  ['fnv_hash(?)', 'hello', 6_414_202_926_103_426_347n],
  ['fnv_hash(?)', 'world', 6_535_280_128_821_139_475n],
  ['fnv_hash(?)', 'antidisestablishmentarianism', -209_330_013_948_433_970n],
  ['murmur_hash(?)', 'hello', 2_191_231_550_387_646_743n],
  ['murmur_hash(?)', 'world', 5_568_329_560_871_645_431n],
  ['murmur_hash(?)', 'antidisestablishmentarianism', -2_261_804_666_958_489_663n],
];

it.each(HASHES)('%s of %s', (call, text, hash) => {
  expect(evaluator.one(call, ['STRING', text])).toBe(hash);
});

it('murmurHash3Bit128 gives the bytes as hexadecimal digits', () => {
  expect(evaluator.one('murmurHash3Bit128(?)', ['STRING', 'hello'])).toBe(
    '029bbd41b3a7d8cb191dae486a901e5b',
  );
});

describe('digests of every length around the ends of blocks', () => {
  const texts = Array.from(
    { length: 260 },
    (_, bytes) => 'é'.repeat(bytes >> 1) + 'a'.repeat(bytes & 1),
  );
  const columns = [{ name: 's', type: 'STRING', values: texts }] as const;

  it.each(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])('%s', (name) => {
    const expected = texts.map((text) => createHash(name).update(text).digest('hex'));
    expect(evaluator.sql(`${name}(s)`, columns)).toEqual(expected);
  });
});

/** Impala's documentation. */
const INTEGERS: readonly (readonly [call: string, value: number, hash: bigint])[] = [
  ['fnv_hash(?)', 0, -2_611_523_532_599_129_963n],
  ['fnv_hash(?)', 1, 4_307_505_193_096_137_732n],
  ['fnv_hash(?)', 1_234_567_890, 3_614_724_209_955_230_832n],
  ['murmur_hash(?)', 0, 6_960_269_033_020_761_575n],
  ['murmur_hash(?)', 1, -780_611_581_681_153_783n],
  ['murmur_hash(?)', 1_234_567_890, -5_754_914_572_385_924_334n],
];

it.each(INTEGERS)('%s of %s', (call, value, hash) => {
  expect(evaluator.one(call, ['INT', value])).toBe(hash);
});

/** Values and texts whose bytes are the same. */
const SAME_BYTES: readonly (readonly [type: DataType, value: Value, text: string])[] = [
  ['BOOLEAN', true, '\u0001'],
  ['BIGINT', 0x41n, 'A\0\0\0\0\0\0\0'],
  ['FLOAT', 2, '\0\0\0@'],
  ['DOUBLE', 2, '\0\0\0\0\0\0\0@'],
];

it.each(SAME_BYTES)('fnv_hash and murmur_hash see the bytes of %s %s', (type, value, text) => {
  for (const call of ['fnv_hash(?)', 'murmur_hash(?)']) {
    expect(evaluator.one(call, [type, value])).toBe(evaluator.one(call, ['STRING', text]));
  }
});

it('refuse lengths of digests that do not exist, and types that have no bytes', () => {
  expect(() => evaluator.one('sha2(?, 100)', ['STRING', 'a'])).toThrow(/224, 256, 384 or 512/);
  expect(() => evaluator.one('md5(?)', ['INT', 1])).toThrow(/md5 does not take \(INT\)/);
  expect(evaluator.one('sha2(?, 256)', ['STRING', null])).toBeNull();
  expect(evaluator.one('fnv_hash(?)', ['DOUBLE', null])).toBeNull();
});
