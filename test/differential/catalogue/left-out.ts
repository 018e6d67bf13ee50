/** What both systems have and no random query asks, by the key or the name of the entry, with the reason. */
export const LEFT_OUT: readonly (readonly [what: string, reason: string])[] = [
  ['mode', 'of several DuckDB takes whichever comes first, Nyala the least'],
  [
    'corr',
    'NaN in DuckDB where all values are equal, NULL here; else a quotient of regr_sxy and its like',
  ],
  ['regr_slope', 'as corr'],
  ['regr_intercept', 'as corr'],
  ['regr_r2', 'as corr'],
  ['DIV(DECIMAL(9,2), DECIMAL(9,2))', 'DuckDB divides as DOUBLE; Nyala has it of integers only'],
  [
    'CAST AS FLOAT of(DECIMAL(9,2))',
    'DuckDB makes units and power of ten FLOATs, and divides those',
  ],
  ['concat(BYTES, BYTES)', "DuckDB's are bytes, Nyala's the text of hexadecimal digits"],
  ['unhex', "DuckDB's are bytes, Nyala's the text that they encode"],
  ['approx_count_distinct', 'an estimate, and each has its own hash'],
  ['approx_quantile', 'an estimate, and each merges in its own order'],
];
