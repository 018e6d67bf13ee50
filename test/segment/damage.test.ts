import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/base/checksum.ts';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import { DATA_TYPES } from '../../src/base/types.ts';
import { decodeDictionary } from '../../src/segment/decode.ts';
import { encodeTrailer, TRAILER_BYTES } from '../../src/segment/format.ts';
import { storedLengthBytes } from '../../src/segment/metadata.ts';
import { parseTrailer, readSegment } from '../../src/segment/read.ts';
import { columnBuffers } from './decode-stored.ts';
import { buildSegment, fileOf } from './files.ts';
import { chunkOf, randomValues } from './random-column.ts';

const random = new Prng(7);
const columns = DATA_TYPES.map((type) => ({
  name: type.toLowerCase(),
  type,
  chunk: chunkOf(type, randomValues(random, type, 'few', 70, 0.2)),
}));
const file = fileOf(buildSegment('damage', columns));
const metadata = readSegment(file);

/** The file with another footer, whose checksum and trailer are right. */
function withFooter(change: (json: string) => string): Uint8Array {
  const { offsetBytes, lengthBytes } = parseTrailer(file.subarray(-TRAILER_BYTES), file.length);
  const json = new TextDecoder().decode(file.subarray(offsetBytes, offsetBytes + lengthBytes));
  const changed = change(json);
  expect(changed).not.toBe(json);
  const footer = new TextEncoder().encode(changed);
  const parts = [file.subarray(0, offsetBytes), footer, encodeTrailer(footer, offsetBytes)];
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function refusal(damaged: Uint8Array): string {
  try {
    readSegment(damaged);
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).code).toBe('CORRUPT_DATA');
    return (error as EngineError).message;
  }
  return 'accepted';
}

describe('a damaged segment file is refused', () => {
  it('with any bit flipped outside the padding between buffers', () => {
    const covered = new Uint8Array(file.length).fill(1);
    const footer = parseTrailer(file.subarray(-TRAILER_BYTES), file.length).offsetBytes;
    covered.fill(0, 64, footer);
    for (const { buffers } of metadata.columns) {
      for (const buffer of buffers) {
        covered.fill(1, buffer.offsetBytes, buffer.offsetBytes + storedLengthBytes(buffer));
      }
    }
    const damaged = file.slice();
    for (let index = 0; index < file.length; index++) {
      damaged[index]! ^= 1 << (index % 8);
      expect([index, refusal(damaged) !== 'accepted']).toEqual([index, covered[index] === 1]);
      damaged[index] = file[index]!;
    }
  });

  it('when it is cut off anywhere', () => {
    for (let length = 0; length < file.length; length += 1) {
      expect([length, refusal(file.subarray(0, length)) !== 'accepted']).toEqual([length, true]);
    }
  });

  it('when bytes follow it', () => {
    const longer = new Uint8Array(file.length + 1);
    longer.set(file);
    expect(refusal(longer)).not.toBe('accepted');
  });

  const cases: [string, (json: string) => string, RegExp][] = [
    [
      'rows',
      (json) => json.replace('"rowCount":70', '"rowCount":71'),
      /codes: expected 71 bytes, found 70/,
    ],
    [
      'too many rows',
      (json) => json.replace('"rowCount":70', '"rowCount":1e300'),
      /expected an integer from 0 to/,
    ],
    [
      'a buffer outside',
      (json) => json.replace('"offsetBytes":64,', '"offsetBytes":99999999936,'),
      /expected offset 64, found 99999999936/,
    ],
    [
      'an unaligned buffer',
      (json) => json.replace('"offsetBytes":64,', '"offsetBytes":65,'),
      /expected offset 64, found 65/,
    ],
    [
      'a huge buffer',
      (json) => json.replace('"lengthBytes":70,', '"lengthBytes":9007199254740000,'),
      /expected 70 bytes, found 9007199254740000/,
    ],
    [
      'code bytes',
      (json) => json.replace('"codeBytes":1', '"codeBytes":3'),
      /expected 1, 2 or 4, found 3/,
    ],
    [
      'a type',
      (json) => json.replace('"type":"DATE"', '"type":"DATES"'),
      /expected BOOLEAN, TINYINT.*found DATES/,
    ],
    [
      'an encoding',
      (json) => json.replace('"kind":"affine"', '"kind":"magic"'),
      /expected an encoding that BOOLEAN has, found magic/,
    ],
    [
      'a role',
      (json) => json.replace('"role":"nulls"', '"role":"__proto__"'),
      /expected codes, nulls, zones, found/,
    ],
    [
      'a name',
      (json) => json.replace('"name":"damage"', '"name":"../x"'),
      /expected letters, digits/,
    ],
    [
      'two columns of a name',
      (json) => json.replace('"name":"int"', '"name":"BIGINT"'),
      /names that differ/,
    ],
    [
      'NULL counts',
      (json) => json.replace(/"nullCount":\d+/, '"nullCount":71'),
      /integer from 0 to 70, found 71/,
    ],
    [
      'statistics',
      (json) => json.replace(/"min":(true|false)/, '"min":7'),
      /expected a BOOLEAN or null, found 7/,
    ],
    [
      'a codec',
      (json) => json.replace('"codec":"packed"', '"codec":"zip"'),
      /storage.codec: expected packed, decimal, frontCoded, lz4, found zip/,
    ],
    [
      'elements of a stored form',
      (json) => json.replace('"codec":"packed","widthBytes":4', '"codec":"packed","widthBytes":3'),
      /storage.widthBytes: expected 1, 2, 4, 8 in \d+ bytes, found 3/,
    ],
    [
      'a stored form that is no shorter',
      (json) => json.replace(/("widthBytes":4),"lengthBytes":\d+/, '$1,"lengthBytes":5000'),
      /storage.lengthBytes: expected an integer from 4 to \d+, found 5000/,
    ],
    [
      'a stored form without room for the lengths of its chunks',
      (json) => json.replace(/("widthBytes":4),"lengthBytes":\d+/, '$1,"lengthBytes":3'),
      /storage.lengthBytes: expected an integer from 4 to \d+, found 3/,
    ],
    [
      'no columns',
      (json) => json.replace(/"columns":\[\{.*\}\],"indexes"/, '"columns":{},"indexes"'),
      /expected a list/,
    ],
    ['no JSON', (json) => `${json}x`, /expected JSON/],
    ['another value', () => '[1]', /expected an object/],
  ];
  for (const [what, change, message] of cases) {
    it(`when its footer is whole but says something else: ${what}`, () => {
      expect(refusal(withFooter(change))).toMatch(message);
    });
  }

  it('when text offsets run backwards although the checksum is right', () => {
    const column = metadata.columns.find(({ type }) => type === 'STRING')!;
    const buffers = columnBuffers(file, column);
    const offsets = buffers.dictionaryOffsets!.slice();
    new DataView(offsets.buffer).setUint32(4, 0xffff_ffff, true);
    expect(crc32c(offsets)).not.toBe(crc32c(buffers.dictionaryOffsets!));
    expect(() => decodeDictionary(column, { ...buffers, dictionaryOffsets: offsets })).toThrow(
      /ascending text offsets/,
    );
  });
});
