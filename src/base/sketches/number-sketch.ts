/**
 * A kind of sketch from which quantiles of numbers are read. A sketch is an array of doubles that
 * nobody changes; there is none of no values.
 */
export interface NumberSketch {
  /**
   * The sketch of some values.
   *
   * @param values ascending, at least one, none NaN; read only before this returns.
   */
  build(values: Float64Array): Float64Array;
  /** The sketch of the values of all; of at least one, which may be it. */
  unite(sketches: readonly Float64Array[]): Float64Array;
  /** About the value that `fraction`, from 0 to 1, of the values do not exceed. */
  quantile(sketch: Float64Array, fraction: number): number;
}
