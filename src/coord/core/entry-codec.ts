import type { LogEntry } from './model.ts';

/** An entry before the leader has given it its place and time. */
export type EntryDraft = Omit<LogEntry, 'zxid' | 'timeMs'>;

/**
 * Entries as bytes. The core does not know how; the wire format of ZooKeeper's requests is used,
 * which lives outside it.
 */
export interface EntryCodec {
  /** The payload of an entry whose time is not known yet. */
  encode(draft: EntryDraft): Uint8Array;
  /** @throws EngineError CORRUPT_DATA when the payload is none of ours. */
  decode(index: number, payload: Uint8Array): LogEntry;
  /** Writes the leader's time into a payload. */
  stampTime(payload: Uint8Array, timeMs: number): void;
  /** True for a reconfig, which the leader has to judge before it enters the log. */
  isReconfig(payload: Uint8Array): boolean;
  /** A copy with another place in its origin's stream. */
  renumbered(payload: Uint8Array, stream: number, sequence: number): Uint8Array;
}
