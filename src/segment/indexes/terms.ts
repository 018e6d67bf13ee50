import { encodeUtf8 } from '../../base/bytes.ts';
import { sortTexts } from '../../base/text-order.ts';
import { tokensOf } from '../../base/text-search.ts';
import { decodeDictionary } from '../decode.ts';
import { bytesOf } from '../encoded-column.ts';
import { bitmapBuffers, groupRows } from './bitmaps.ts';
import type { IndexBuilder } from './index-builder.ts';
import { isNullRow, type SourceColumn, sourceCodes, sourceColumn } from './index-source.ts';

/*
 * Index of the terms in a text column: for each term the rows whose text has it. NULL rows have none.
 *
 *   termOffsets │ u32 × (terms + 1) into `terms`
 *   terms       │ UTF-8, each once, in the order of code points
 *   offsets     │ u32 × (terms + 1) into `bitmaps`
 *   bitmaps     │ one Roaring bitmap a term
 */

/** Builds a text index: its terms are the tokens of `text-search.ts`. */
export const buildText: IndexBuilder = ({ columns: [name] }, source) => ({
  parameters: {},
  buffers: termBuffers(sourceColumn(source, name!), tokensOf),
});

/** @param termsOf the terms of a text, in any order. */
export function termBuffers(column: SourceColumn, termsOf: (text: string) => Iterable<string>) {
  const { codes, codeCount } = sourceCodes(column)!;
  const groupOf = Uint32Array.from(codes, (code, row) =>
    isNullRow(column, row) ? codeCount : code,
  );
  const { rows: ordered, starts: codeStarts } = groupRows(groupOf, codeCount);
  const codesOf = new Map<string, number[]>();
  (decodeDictionary(column.metadata, column.buffers) as readonly string[]).forEach((text, code) => {
    for (const term of new Set(termsOf(text))) {
      const known = codesOf.get(term);
      if (known === undefined) codesOf.set(term, [code]);
      else known.push(code);
    }
  });
  const terms = sortTexts([...codesOf.keys()]);
  const starts = new Uint32Array(terms.length + 1);
  terms.forEach((term, at) => {
    const count = codesOf
      .get(term)!
      .reduce((sum, code) => sum + codeStarts[code + 1]! - codeStarts[code]!, 0);
    starts[at + 1] = starts[at]! + count;
  });
  const rows = new Uint32Array(starts.at(-1)!);
  terms.forEach((term, at) => {
    let next = starts[at]!;
    for (const code of codesOf.get(term)!) {
      const some = ordered.subarray(codeStarts[code], codeStarts[code + 1]);
      rows.set(some, next);
      next += some.length;
    }
    rows.subarray(starts[at], next).sort();
  });
  return [...textBuffers(terms), ...bitmapBuffers({ rows, starts })];
}

function textBuffers(terms: readonly string[]) {
  const encoded = terms.map(encodeUtf8);
  const offsets = new Uint32Array(terms.length + 1);
  encoded.forEach(({ length }, at) => {
    offsets[at + 1] = offsets[at]! + length;
  });
  const bytes = new Uint8Array(offsets.at(-1)!);
  encoded.forEach((term, at) => {
    bytes.set(term, offsets[at]);
  });
  return [
    { role: 'termOffsets', bytes: bytesOf(offsets) },
    { role: 'terms', bytes },
  ];
}
