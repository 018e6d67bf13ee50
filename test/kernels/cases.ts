import { arithmeticCases } from './cases/arithmetic.ts';
import { arrayCases } from './cases/arrays.ts';
import { bitmapCases } from './cases/bitmap.ts';
import { checksumCases } from './cases/checksum.ts';
import { filterCases } from './cases/filter.ts';
import { groupCases } from './cases/group.ts';
import { hashCases } from './cases/hash.ts';
import { momentCases } from './cases/moments.ts';
import { moveCases } from './cases/move.ts';
import { sketchCases } from './cases/sketch.ts';
import { extremeCases, sumCases } from './cases/sum.ts';
import { textSearchCases } from './cases/text-search.ts';
import { topCases } from './cases/top.ts';
import { unpackCases } from './cases/unpack.ts';
import { valueHashCases } from './cases/value-hash.ts';
import type { Case, KernelName } from './harness.ts';

/** Kernels that have tests of their own. */
type OwnKernel =
  | 'hashGroupIds'
  | 'hashRehash'
  | 'mergeDictionaries'
  | 'selectByGroup'
  | 'testTexts'
  | 'findTexts';

/** A case for every other kernel: its type leaves none out. */
export const CASES: Record<Exclude<KernelName, OwnKernel>, Case> = {
  ...filterCases(),
  ...bitmapCases(),
  ...checksumCases(),
  ...sumCases(),
  ...extremeCases(),
  ...groupCases(),
  ...momentCases(),
  ...moveCases(),
  ...sketchCases(),
  ...arithmeticCases(),
  ...arrayCases(),
  ...hashCases(),
  ...textSearchCases(),
  ...topCases(),
  ...unpackCases(),
  ...valueHashCases(),
};
