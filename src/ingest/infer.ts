import type { ColumnSchema } from '../base/types.ts';
import { inferType, type Scalar } from './scalar.ts';

/** Rows of a text file from which its types are inferred. */
export const SAMPLE_ROWS = 10_000;

/**
 * The columns of a text file: with the declared type where one is declared (names match without
 * regard to case), else with the type that the sample suggests.
 *
 * @param declared null when no types are declared.
 * @param sampleOf the sample's values of the column with an index.
 */
export function chooseTypes(
  names: readonly string[],
  declared: readonly ColumnSchema[] | null,
  sampleOf: (index: number) => Iterable<Scalar>,
): ColumnSchema[] {
  const types = new Map(declared?.map(({ name, type }) => [name.toLowerCase(), type]));
  return names.map((name, index) => ({
    name,
    type: types.get(name.toLowerCase()) ?? inferType(sampleOf(index)),
  }));
}

/** First the items that were read ahead, which it takes out of their list, then the others. */
export async function* chain<T>(ahead: T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  for (let item = ahead.shift(); item !== undefined; item = ahead.shift()) yield item;
  yield* rest;
}
