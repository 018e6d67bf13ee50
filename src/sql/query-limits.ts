import {
  GROUPS_MAX_DEFAULT,
  QUERY_ANSWER_BYTES_DEFAULT,
  QUERY_MEMORY_BYTES_DEFAULT,
  QUERY_SPILL_BYTES_DEFAULT,
  QUERY_TIMEOUT_MS_DEFAULT,
  TIMER_MS_MAX,
} from '../base/limits.ts';

/** What a query may take before it fails. Plain data: it travels to servers. */
export interface QueryLimits {
  /** Time from its start to its answer. */
  readonly timeoutMs: number;
  /** Groups of its GROUP BY or DISTINCT, anywhere on the way. */
  readonly groupsMax: number;
  /** Bytes of state and partial results that one process holds for it at a time. */
  readonly memoryBytesMax: number;
  /** Bytes that one process puts on its disk for it where that does not do. */
  readonly spillBytesMax: number;
  /** Bytes of the rows that one process hands on for it. */
  readonly answerBytesMax: number;
}

/** The limits of a query that sets none. */
export const DEFAULT_QUERY_LIMITS: QueryLimits = {
  timeoutMs: QUERY_TIMEOUT_MS_DEFAULT,
  groupsMax: GROUPS_MAX_DEFAULT,
  memoryBytesMax: QUERY_MEMORY_BYTES_DEFAULT,
  spillBytesMax: QUERY_SPILL_BYTES_DEFAULT,
  answerBytesMax: QUERY_ANSWER_BYTES_DEFAULT,
};

/** The options that set limits, each a positive whole number, with their units. */
export const LIMIT_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['timeoutMs', 'milliseconds'],
  ['numGroupsLimit', 'groups'],
  ['maxQueryMemoryBytes', 'bytes'],
  ['maxQuerySpillBytes', 'bytes'],
  ['maxServerResponseSizeBytes', 'bytes'],
]);

/** The limits that checked query options set. */
export function queryLimits(options: ReadonlyMap<string, string>): QueryLimits {
  const limit = (name: string, otherwise: number): number => Number(options.get(name) ?? otherwise);
  return {
    timeoutMs: Math.min(limit('timeoutMs', DEFAULT_QUERY_LIMITS.timeoutMs), TIMER_MS_MAX),
    groupsMax: limit('numGroupsLimit', DEFAULT_QUERY_LIMITS.groupsMax),
    memoryBytesMax: limit('maxQueryMemoryBytes', DEFAULT_QUERY_LIMITS.memoryBytesMax),
    spillBytesMax: limit('maxQuerySpillBytes', DEFAULT_QUERY_LIMITS.spillBytesMax),
    answerBytesMax: limit('maxServerResponseSizeBytes', DEFAULT_QUERY_LIMITS.answerBytesMax),
  };
}
