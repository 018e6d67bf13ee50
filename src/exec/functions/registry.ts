import { ADDRESSES } from './addresses.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { ARRAY_CONDITIONS } from './array-conditions.ts';
import { ARRAYS } from './arrays.ts';
import { BASES } from './bases.ts';
import { BITS } from './bits.ts';
import { CASTS } from './cast.ts';
import { CHANCES } from './chances.ts';
import { COMPARISONS } from './compare.ts';
import { CONDITIONALS } from './conditional.ts';
import { DATE_ARITHMETIC } from './date-arithmetic.ts';
import { DATE_DAYS } from './date-days.ts';
import { DATE_MOVES } from './date-moves.ts';
import { DATE_TEXT } from './date-text.ts';
import { DATE_TIME_CONVERT } from './date-time-convert.ts';
import { DATES } from './dates.ts';
import { DISTANCES } from './distances.ts';
import { DIVISIONS } from './divisions.ts';
import { ENCODINGS } from './encodings.ts';
import { EPOCHS } from './epochs.ts';
import { HASHES } from './hashes.ts';
import type { Implementation } from './implementation.ts';
import { JSONS } from './jsons.ts';
import { LOGIC } from './logic.ts';
import { MATCHES } from './matches.ts';
import { MATH } from './math.ts';
import { MEMBERSHIP } from './membership.ts';
import { NULLS } from './nulls.ts';
import { NUMBERS } from './numbers.ts';
import { REGEXPS } from './regexps.ts';
import { STRINGS } from './strings.ts';
import { TEXTS } from './texts.ts';
import { URLS } from './urls.ts';
import { ZONES } from './zones.ts';

/** Every function's implementation by its canonical name: as many as `FUNCTIONS` has signatures. */
export const IMPLEMENTATIONS: ReadonlyMap<string, Implementation> = new Map(
  [
    ARITHMETIC,
    COMPARISONS,
    LOGIC,
    CONDITIONALS,
    MEMBERSHIP,
    CASTS,
    STRINGS,
    MATH,
    DATES,
    DATE_ARITHMETIC,
    NUMBERS,
    DIVISIONS,
    BITS,
    BASES,
    HASHES,
    CHANCES,
    NULLS,
    DATE_DAYS,
    DATE_MOVES,
    DATE_TEXT,
    DATE_TIME_CONVERT,
    EPOCHS,
    ZONES,
    REGEXPS,
    TEXTS,
    DISTANCES,
    ENCODINGS,
    URLS,
    ADDRESSES,
    JSONS,
    MATCHES,
    ARRAYS,
    ARRAY_CONDITIONS,
  ].flatMap((group) => Object.entries(group)),
);
