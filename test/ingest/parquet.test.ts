import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { Value } from '../../src/base/types.ts';
import { openParquet } from '../../src/ingest/parquet.ts';
import { convertValues } from '../../src/ingest/parquet-values.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { readAll } from './rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const folder = temporaryFolder();
const FLIGHTS = 'node_modules/vega-datasets/data/flights-3m.parquet';

async function read(path: string) {
  return readAll(await openParquet(nodeDisk, path));
}

async function duckdbWrite(name: string, query: string, options: string): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${query}) TO '${folder.path(name)}' (FORMAT parquet, ${options})`);
  connection.closeSync();
  return folder.path(name);
}

describe('the flights file', () => {
  it('has the rows, ranges and distinct values that are known of it', async () => {
    const reader = await openParquet(nodeDisk, FLIGHTS);
    expect(reader.rowCount).toBe(3_000_000);
    expect(reader.columns).toEqual([
      { name: 'date', type: 'TIMESTAMP' },
      { name: 'delay', type: 'BIGINT' },
      { name: 'distance', type: 'BIGINT' },
      { name: 'origin', type: 'STRING' },
      { name: 'destination', type: 'STRING' },
    ]);
    let rows = 0;
    const ranges = [0, 1].map(() => ({ min: 2n ** 62n, max: -(2n ** 62n) }));
    const texts = [new Set<string>(), new Set<string>()];
    for await (const { columns, rowCount } of reader.chunks()) {
      rows += rowCount;
      for (const [index, range] of ranges.entries()) {
        const chunk = columns[index]!;
        if (chunk.kind !== 'integers' || chunk.nulls !== null) throw new Error(chunk.kind);
        for (const value of chunk.values) {
          if (BigInt(value) < range.min) range.min = BigInt(value);
          if (BigInt(value) > range.max) range.max = BigInt(value);
        }
      }
      for (const [index, set] of texts.entries()) {
        const chunk = columns[3 + index]!;
        if (chunk.kind !== 'encodedTexts') throw new Error(chunk.kind);
        for (const code of new Set(chunk.codes)) set.add(chunk.dictionary[code]!);
      }
    }
    await reader.close();
    expect(rows).toBe(3_000_000);
    expect(ranges).toEqual([
      { min: 978_307_260_000_000n, max: 993_945_600_000_000n },
      { min: -1116n, max: 1688n },
    ]);
    expect(texts.map(({ size }) => size)).toEqual([229, 228]);
  }, 30_000);
});

describe('Parquet files of hyparquet-writer', () => {
  const random = new Prng(seed);
  const rowCount = 5000;
  const make = (next: () => Value, nulls: boolean): Value[] =>
    Array.from({ length: rowCount }, () => (nulls && random.float() < 0.3 ? null : next()));
  const big = () => BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32()));
  const text = () =>
    String.fromCodePoint(
      ...Array.from({ length: random.integer(0, 8) }, () =>
        random.pick([97, 98, 0xe9, 0x6f22, 0x1f600]),
      ),
    );
  const kinds: Record<
    'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'STRING',
    () => NonNullable<Value>
  > = {
    BOOLEAN: () => random.float() < 0.5,
    INT32: () => random.uint32() | 0,
    INT64: big,
    FLOAT: () => Math.fround(random.float()),
    DOUBLE: () => random.float(),
    STRING: text,
  };

  for (const nullable of [false, true]) {
    for (const pageSize of [300, 1_048_576]) {
      it(`${nullable ? 'with' : 'without'} NULLs, pages of ${pageSize} bytes`, async () => {
        const expected: Record<string, Value[]> = {};
        const columnData = Object.entries(kinds).flatMap(([type, next]) => {
          const pool = Array.from({ length: 20 }, next);
          return [next, () => random.pick(pool)].map((generate, index) => {
            const name = `${type} ${index === 0 ? 'plain' : 'dictionary'}`;
            const data = make(generate, nullable);
            expected[name] = data;
            return { name, data, type: type as keyof typeof kinds, nullable };
          });
        });
        const buffer = parquetWriteBuffer({ columnData, pageSize, rowGroupSize: 1234 });
        const found = await read(folder.write('written.parquet', new Uint8Array(buffer)));
        expect(found.rowCount).toBe(rowCount);
        expect(found.columns).toEqual(expected);
      });
    }
  }

  for (const [type, encoding] of [
    ['INT32', 'DELTA_BINARY_PACKED'],
    ['INT64', 'DELTA_BINARY_PACKED'],
    ['STRING', 'DELTA_LENGTH_BYTE_ARRAY'],
    ['STRING', 'DELTA_BYTE_ARRAY'],
    ['DOUBLE', 'BYTE_STREAM_SPLIT'],
  ] as const) {
    it(`${type} in ${encoding}`, async () => {
      const data = make(kinds[type], true);
      const buffer = parquetWriteBuffer({
        columnData: [{ name: 'x', data, type, encoding, nullable: true }],
      });
      const found = await read(folder.write('encoded.parquet', new Uint8Array(buffer)));
      expect(found.columns.x).toEqual(data);
    });
  }

  it('damaged files end in an error of ours or in an answer, never in anything else', async () => {
    const data = make(kinds.INT64, true).slice(0, 300);
    const names = make(kinds.STRING, true).slice(0, 300);
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'x', data, type: 'INT64', nullable: true },
          { name: 's', data: names, type: 'STRING', nullable: true },
        ],
      }),
    );
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const damaged = bytes.slice(
        0,
        random.float() < 0.1 ? random.integer(0, bytes.length) : bytes.length,
      );
      for (let flips = 0; flips < 3 && damaged.length > 0; flips++)
        damaged[random.integer(0, damaged.length)]! ^= 1 << random.integer(0, 8);
      try {
        await read(folder.write('damaged.parquet', damaged));
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
  });
});

describe('Parquet files of DuckDB', () => {
  const query = `SELECT
    CASE WHEN i % 7 <> 0 THEN i END AS id,
    (i % 100)::TINYINT AS tiny, (i % 100)::USMALLINT AS small, (i * 1000003)::UINTEGER AS u32,
    (i * 3)::UBIGINT AS u64, i % 3 = 0 AS flag, (i / 4)::FLOAT AS f, (i / 3)::DOUBLE AS d,
    'name ' || (i % 50) AS name, 'é漢😀' || i AS unicode,
    DATE '1969-12-01' + (i % 1000)::INTEGER AS day,
    TIMESTAMP '1969-12-31 23:59:59.999999' + INTERVAL (i) SECOND AS us,
    (TIMESTAMP '1969-12-31 23:59:59.999' + INTERVAL (i) HOUR)::TIMESTAMP_MS AS ms,
    make_timestamp_ns(-1999 + i * 1000) AS ns,
    (i / 100)::DECIMAL(9, 2) AS decimal9, (i / 100)::DECIMAL(30, 5) AS decimal30
    FROM range(3000) t(i)`;
  const rows = Array.from({ length: 3000 }, (_, i) => i);

  for (const [codec, version] of [
    ['uncompressed', 'V1'],
    ['snappy', 'V1'],
    ['gzip', 'V2'],
    ['zstd', 'V2'],
    ['lz4_raw', 'V1'],
    ['brotli', 'V2'],
  ] as const) {
    it(`of all types, compressed by ${codec}, ${version}`, async () => {
      const path = await duckdbWrite(
        `${codec}.parquet`,
        query,
        `CODEC '${codec}', PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`,
      );
      const reader = await openParquet(nodeDisk, path);
      const { columns, types } = await readAll(reader);
      expect(types).toEqual({
        id: 'BIGINT',
        tiny: 'TINYINT',
        small: 'INT',
        u32: 'BIGINT',
        u64: 'BIGINT',
        flag: 'BOOLEAN',
        f: 'FLOAT',
        d: 'DOUBLE',
        name: 'STRING',
        unicode: 'STRING',
        day: 'DATE',
        us: 'TIMESTAMP',
        ms: 'TIMESTAMP',
        ns: 'TIMESTAMP',
        decimal9: 'DECIMAL(9,2)',
        decimal30: 'DECIMAL(30,5)',
      });
      expect(columns.id).toEqual(rows.map((i) => (i % 7 === 0 ? null : BigInt(i))));
      expect(columns.tiny).toEqual(rows.map((i) => i % 100));
      expect(columns.small).toEqual(rows.map((i) => i % 100));
      expect(columns.u32).toEqual(rows.map((i) => BigInt(i * 1_000_003)));
      expect(columns.u64).toEqual(rows.map((i) => BigInt(i * 3)));
      expect(columns.flag).toEqual(rows.map((i) => i % 3 === 0));
      expect(columns.f).toEqual(rows.map((i) => i / 4));
      expect(columns.d).toEqual(rows.map((i) => i / 3));
      expect(columns.name).toEqual(rows.map((i) => `name ${i % 50}`));
      expect(columns.unicode).toEqual(rows.map((i) => `é漢😀${i}`));
      expect(columns.day).toEqual(rows.map((i) => -31 + (i % 1000)));
      expect(columns.us).toEqual(rows.map((i) => BigInt(i * 1_000_000 - 1)));
      expect(columns.ms).toEqual(rows.map((i) => BigInt(i) * 3_600_000_000n - 1000n));
      expect(columns.ns).toEqual(rows.map((i) => BigInt(i - 2)));
      expect(columns.decimal9).toEqual(rows.map((i) => BigInt(i)));
      expect(columns.decimal30).toEqual(rows.map((i) => BigInt(i) * 1000n));
    });
  }

  it('UUIDs are text; times, binary and lists are refused by name', async () => {
    const uuid = await duckdbWrite(
      'uuid.parquet',
      "SELECT '00112233-4455-6677-8899-aabbccddeeff'::UUID AS u",
      "CODEC 'zstd'",
    );
    expect((await read(uuid)).columns.u).toEqual(['00112233-4455-6677-8899-aabbccddeeff']);
    for (const [name, expression] of [
      ['clock', "TIME '12:00:00'"],
      ['list', '[[1], [2]]'],
      ['pair', "{'a': 1}"],
    ] as const) {
      const path = await duckdbWrite(
        `${name}.parquet`,
        `SELECT ${expression} AS ${name}_column`,
        "CODEC 'zstd'",
      );
      await expect(read(path)).rejects.toMatchObject({
        code: 'NOT_SUPPORTED',
        message: expect.stringContaining(`${name}_column`),
      });
    }
    const binary = await duckdbWrite(
      'binary.parquet',
      "SELECT '\\xFF\\xFE'::BLOB AS b",
      "CODEC 'zstd'",
    );
    await expect(read(binary)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/column b: expected UTF-8 text/),
    });
  });

  it('unsigned integers beyond 64 bits signed are refused, not wrapped', async () => {
    const path = await duckdbWrite(
      'u64.parquet',
      'SELECT 18446744073709551615::UBIGINT AS u',
      "CODEC 'zstd'",
    );
    await expect(read(path)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/column u: .*18446744073709551615/),
    });
  });
});

describe('Parquet details', () => {
  it('INT96 timestamps count Julian days and nanoseconds', () => {
    const column = {
      path: 'x',
      name: 'x',
      type: 'TIMESTAMP',
      physicalType: 'INT96',
      conversion: 'int96',
      isOptional: false,
      list: null,
      fixedLengthBytes: 0,
    } as const;
    const stored = [(2_440_588n << 64n) | 1_234_567n, (2_440_587n << 64n) | 86_399_999_999_000n];
    expect([...convertValues(column, stored, [])]).toEqual([1234n, -1n]);
  });

  it('another file is refused, and so is a missing one', async () => {
    const cases: [string, Uint8Array | string, RegExp][] = [
      ['empty', '', /expected a Parquet file/],
      ['text', 'a,b\n1,2\n', /expected a Parquet file/],
      ['cut', readFileSync(FLIGHTS).subarray(0, 100_000), /expected a Parquet file/],
    ];
    for (const [name, content, message] of cases) {
      await expect(read(folder.write(`${name}.parquet`, content))).rejects.toMatchObject({
        code: 'CORRUPT_DATA',
        message: expect.stringMatching(message),
      });
    }
    await expect(read(folder.path('missing.parquet'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
