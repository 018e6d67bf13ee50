/** Operators as compile-time constants; they select code and never reach a row loop. */
export enum Comparison {
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  /** Both ends inclusive. */
  Between,
}
