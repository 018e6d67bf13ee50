/** How far the requests of one node have been applied. */
export interface StreamPosition {
  /** The zxid of the entry that opened the stream. */
  readonly stream: number;
  /** The number of the last request that was applied, 0 for none. */
  readonly sequence: number;
}

/**
 * Where each node's stream of requests stands, by node id: part of the replicated state. Requests of
 * a stream are applied in order and once, however often and in whatever order they arrive; so a node
 * may send what is unanswered again when the leader changes.
 */
export type Streams = Map<number, StreamPosition>;

/** True when an entry of the stream, or of one after it, has had its turn already. */
export function isPast(
  position: StreamPosition | undefined,
  entry: { readonly stream: number; readonly sequence: number },
): boolean {
  if (position === undefined || position.stream < entry.stream) return false;
  return position.stream > entry.stream || position.sequence >= entry.sequence;
}
