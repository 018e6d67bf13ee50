/**
 * How Pinot's funnels over windows treat what does not take them a step further. `STRICT_DEDUPLICATION`:
 * the step before, once more, ends the window. `STRICT_ORDER`: any other step does. `STRICT_INCREASE`:
 * an event at the time of the step before does not count. `KEEP_ALL`: rows without a step are events
 * as well, and so end a window of `STRICT_ORDER`.
 */
export type FunnelMode = (typeof FUNNEL_MODES)[number];

/** Every mode. */
export const FUNNEL_MODES = [
  'STRICT_DEDUPLICATION',
  'STRICT_ORDER',
  'STRICT_INCREASE',
  'KEEP_ALL',
] as const;
