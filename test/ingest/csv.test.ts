import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { openCsv } from '../../src/ingest/csv.ts';
import { type CsvRecord, CsvScanner } from '../../src/ingest/csv-scanner.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { readAll } from './rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const folder = temporaryFolder();

function scan(text: string, cuts: readonly number[] = []): CsvRecord[] {
  const scanner = new CsvScanner(',');
  const ends = [...cuts].sort((left, right) => left - right);
  const records: CsvRecord[] = [];
  let start = 0;
  for (const end of ends) {
    records.push(...scanner.scan(text.slice(start, end), false));
    start = end;
  }
  records.push(...scanner.scan(text.slice(start), true));
  return records;
}

async function read(name: string, content: string | Uint8Array) {
  return readAll(await openCsv(nodeDisk, folder.write(name, content), null));
}

function randomCsv(random: Prng, columnCount: number): string {
  const newline = random.pick(['\n', '\r\n']);
  const pieces = ['a', 'bc', '漢', '😀', ' ', '"', ',', '\n', '\r\n', '7', ''];
  const field = () => {
    const text = Array.from({ length: random.integer(0, 5) }, () => random.pick(pieces)).join('');
    const mustQuote = /[",\r\n]/.test(text);
    return mustQuote || random.float() < 0.2 ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = Array.from({ length: random.integer(1, 30) }, () =>
    Array.from({ length: columnCount }, field).join(','),
  );
  return rows.join(newline) + (random.float() < 0.5 ? newline : '');
}

describe('CSV text splits into the records that csv-parse finds', () => {
  it('for random quoting, newlines and cuts into blocks', () => {
    const random = new Prng(seed);
    for (let round = 0; round < 1500; round++) {
      const text = randomCsv(random, random.integer(2, 5));
      const expected: string[][] = parse(text, {
        relax_column_count: true,
        record_delimiter: ['\r\n', '\n'],
      });
      const cuts = Array.from({ length: random.integer(0, 12) }, () =>
        random.integer(0, text.length + 1),
      );
      const found = scan(text, cuts);
      expect(found.map(({ error }) => error)).toEqual(found.map(() => null));
      const isBlank = (fields: readonly unknown[]) => fields.length === 1 && !fields[0];
      expect([
        text,
        found
          .map(({ fields }) => fields.map((field) => field ?? ''))
          .filter((fields) => !isBlank(fields)),
      ]).toEqual([text, expected.filter((fields) => !isBlank(fields))]);
    }
  });

  it('whatever the cuts, with the same lines', () => {
    const random = new Prng(seed + 1);
    for (let round = 0; round < 300; round++) {
      const pieces = ['"', '"', 'a', ',', '\n', '\r', '""', '\r\n'];
      const text = Array.from({ length: random.integer(0, 25) }, () => random.pick(pieces)).join(
        '',
      );
      const whole = scan(text);
      for (let cut = 0; cut <= text.length; cut++)
        expect([text, cut, scan(text, [cut])]).toEqual([text, cut, whole]);
    }
  });

  it('records know the line on which they start', () => {
    const text = 'a,b\n"1\n2",3\r\n4,"5"\n\n6,7';
    expect(scan(text).map(({ line }) => line)).toEqual([1, 2, 4, 5, 6]);
  });

  it('a quote inside a field that does not start with one is text', () => {
    expect(scan('5" pipe,a"b"')[0]!.fields).toEqual(['5" pipe', 'a"b"']);
  });

  it('empty fields are null and quoted empty fields are empty text', () => {
    expect(scan('a,,"",')[0]!.fields).toEqual(['a', null, '', null]);
  });

  it('text after a closing quote and quotes that never close are errors, and the next line is read on', () => {
    expect(scan('"a"b,c\nd,e').map(({ fields, error }) => error ?? fields)).toEqual([
      expect.stringContaining('after a closing quote'),
      ['d', 'e'],
    ]);
    expect(scan('d,e\n"a\nb').map(({ fields, error }) => error ?? fields)).toEqual([
      ['d', 'e'],
      'a closing quote',
    ]);
  });
});

describe('a CSV file', () => {
  it('gets its types from its first rows', async () => {
    const { types, columns } = await read(
      'types.csv',
      'b,i,d,day,moment,text,zip,empty\n' +
        'true,1,1.5,2024-02-29,2024-02-29 12:34:56.789,x,00501,\n' +
        'FALSE,-9223372036854775808,-1e3,1969-12-31,2024-02-29T12:00:00+02:00,"y, z",10001,\n' +
        ',,,,,,,\n',
    );
    expect(types).toEqual({
      b: 'BOOLEAN',
      i: 'BIGINT',
      d: 'DOUBLE',
      day: 'DATE',
      moment: 'TIMESTAMP',
      text: 'STRING',
      zip: 'STRING',
      empty: 'STRING',
    });
    expect(columns).toEqual({
      b: [true, false, null],
      i: [1n, -(2n ** 63n), null],
      d: [1.5, -1000, null],
      day: [19_782, -1, null],
      moment: [1_709_210_096_789_000n, 1_709_200_800_000_000n, null],
      text: ['x', 'y, z', null],
      zip: ['00501', '10001', null],
      empty: [null, null, null],
    });
  });

  it('may have a byte order mark, CRLF, other delimiters, no last newline', async () => {
    for (const [name, content] of [
      ['bom.csv', '\ufeffa,b\r\n1,x\r\n2,y'],
      ['semicolon.csv', 'a;b\n1;x\n2;y\n'],
      ['bar.csv', 'a|b\n1|x\n2|y\n'],
      ['tab.tsv', 'a\tb\n1\tx\n2\ty\n'],
    ] as const) {
      expect((await read(name, content)).columns).toEqual({ a: [1n, 2n], b: ['x', 'y'] });
    }
  });

  it('may be gzipped, in several members too', async () => {
    const content = Buffer.concat([gzipSync('a,b\n1,'), gzipSync('x\n2,y\n')]);
    const { columns, bytesRead } = await read('zipped.csv.gz', content);
    expect(columns).toEqual({ a: [1n, 2n], b: ['x', 'y'] });
    expect(bytesRead).toBe(content.length);
    const cut = gzipSync('a,b\n1,x\n').subarray(0, 20);
    await expect(read('cut.csv.gz', cut)).rejects.toMatchObject({ code: 'CORRUPT_DATA' });
    await expect(read('not.csv.gz', 'a,b\n1,x\n')).rejects.toMatchObject({ code: 'CORRUPT_DATA' });
  });

  it('is read in pieces: a row is complete wherever a piece ends', async () => {
    const rows = Array.from({ length: 200_000 }, (_, row) => `${row},"text ""${row}"", é漢😀"`);
    const { columns, rowCount, rejections } = await read(
      'large.csv',
      `id,text\n${rows.join('\n')}\n`,
    );
    expect([rowCount, rejections.length]).toEqual([200_000, 0]);
    const wrong = columns.id!.findIndex(
      (id, row) => id !== BigInt(row) || columns.text![row] !== `text "${row}", é漢😀`,
    );
    expect(wrong).toBe(-1);
  });

  it('rows that do not fit are rejected with line, column, value and reason; the others are read', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `${row},x`);
    rows[15_000] = 'seven,x';
    rows[15_001] = '1,2,3';
    rows[15_002] = '1';
    rows[15_003] = '"1"2,x';
    const { rowCount, rejections } = await read('rejected.csv', `id,text\n${rows.join('\n')}\n`);
    expect(rowCount).toBe(19_996);
    const file = folder.path('rejected.csv');
    expect(rejections).toEqual([
      { file, line: 15_002, column: 'id', value: 'seven', reason: 'expected BIGINT' },
      { file, line: 15_003, column: null, value: null, reason: 'expected 2 fields, found 3' },
      { file, line: 15_004, column: null, value: null, reason: 'expected 2 fields, found 1' },
      {
        file,
        line: 15_005,
        column: null,
        value: null,
        reason: 'expected "," or the end of the line after a closing quote',
      },
    ]);
  });

  it('a blank line is skipped, and a NULL row when there is one column', async () => {
    expect((await read('blank2.csv', 'a,b\n\n1,2\n\n')).columns).toEqual({ a: [1n], b: [2n] });
    expect((await read('blank1.csv', 'a\n1\n\n2\n')).columns).toEqual({ a: [1n, null, 2n] });
  });

  it('is refused without a usable header or as other text than UTF-8', async () => {
    for (const [name, content, message] of [
      ['twice.csv', 'a,A\n1,2\n', /different name for every column, found A twice/],
      ['nameless.csv', 'a,,b\n1,2,3\n', /found a column without one/],
      ['latin1.csv', Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a), /expected UTF-8 text/],
    ] as const) {
      await expect(read(name, content)).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringMatching(message),
      });
    }
  });
});
