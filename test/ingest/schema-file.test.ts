import { describe, expect, it } from 'vitest';
import { EngineError, type ErrorCode } from '../../src/base/errors.ts';
import { parseSchemaFile } from '../../src/ingest/schema-file.ts';

const parse = (json: unknown) =>
  parseSchemaFile(typeof json === 'string' ? json : JSON.stringify(json), 's.json', 't');

function refusal(json: unknown): [ErrorCode, string] {
  try {
    parse(json);
  } catch (error) {
    if (error instanceof EngineError) return [error.code, error.message];
    throw error;
  }
  throw new Error('accepted');
}

describe('a schema file', () => {
  it('lists columns with our types', () => {
    expect(
      parse({
        columns: [
          { name: 'a', type: 'INT' },
          { name: 'b', type: 'timestamp' },
          { name: 'c', type: 'decimal(10, 2)' },
        ],
      }),
    ).toEqual({
      name: 't',
      columns: [
        { name: 'a', type: 'INT' },
        { name: 'b', type: 'TIMESTAMP' },
        { name: 'c', type: 'DECIMAL(10,2)' },
      ],
    });
  });

  it('may be a Pinot schema', () => {
    const schema = parse({
      schemaName: 'flights',
      enableColumnBasedNullHandling: true,
      dimensionFieldSpecs: [
        { name: 'origin', dataType: 'STRING', maxLength: 3 },
        { name: 'late', dataType: 'BOOLEAN' },
        { name: 'raw', dataType: 'BYTES' },
        { name: 'more', dataType: 'JSON' },
      ],
      metricFieldSpecs: [
        { name: 'delay', dataType: 'LONG', defaultNullValue: 0 },
        { name: 'x', dataType: 'FLOAT' },
        { name: 'fare', dataType: 'BIG_DECIMAL' },
      ],
      dateTimeFieldSpecs: [
        { name: 'at', dataType: 'TIMESTAMP', format: 'TIMESTAMP', granularity: '1:MILLISECONDS' },
      ],
    });
    expect(schema.columns).toEqual([
      { name: 'origin', type: 'STRING' },
      { name: 'late', type: 'BOOLEAN' },
      { name: 'raw', type: 'BYTES' },
      { name: 'more', type: 'JSON' },
      { name: 'delay', type: 'BIGINT' },
      { name: 'x', type: 'FLOAT' },
      { name: 'fare', type: 'DECIMAL(38,10)' },
      { name: 'at', type: 'TIMESTAMP' },
    ]);
  });

  const cases: [string, unknown, ErrorCode, RegExp][] = [
    ['broken JSON', '{', 'BAD_REQUEST', /s\.json: expected JSON/],
    ['no object', [1], 'BAD_REQUEST', /expected an object, found \[1\]/],
    ['an unknown key', { colums: [] }, 'UNKNOWN_OPTION', /found colums \(did you mean columns\?\)/],
    [
      'an unknown column key',
      { columns: [{ nam: 'a', type: 'INT' }] },
      'UNKNOWN_OPTION',
      /columns\[0\]: .*did you mean name/,
    ],
    [
      'an unknown type',
      { columns: [{ name: 'a', type: 'TIMESTMP' }] },
      'BAD_REQUEST',
      /found TIMESTMP \(did you mean TIMESTAMP\?\)/,
    ],
    [
      'no type',
      { columns: [{ name: 'a' }] },
      'BAD_REQUEST',
      /columns\[0\]\.type: expected a text, found nothing/,
    ],
    ['no columns', { columns: [] }, 'BAD_REQUEST', /at least one column/],
    [
      'a name twice',
      {
        columns: [
          { name: 'a', type: 'INT' },
          { name: 'A', type: 'INT' },
        ],
      },
      'BAD_REQUEST',
      /A twice/,
    ],
    [
      'an unknown Pinot key',
      { dimensionFieldSpec: [], schemaName: 'x' },
      'UNKNOWN_OPTION',
      /did you mean dimensionFieldSpecs/,
    ],
    [
      'an unknown Pinot type',
      { metricFieldSpecs: [{ name: 'a', dataType: 'DECIMALS' }] },
      'BAD_REQUEST',
      /found DECIMALS/,
    ],
    ['complex fields', { complexFieldSpecs: [{}] }, 'NOT_SUPPORTED', /complexFieldSpecs/],
  ];
  for (const [what, json, code, message] of cases) {
    it(`with ${what} is refused`, () => {
      expect(refusal(json)).toEqual([code, expect.stringMatching(message)]);
    });
  }
});
