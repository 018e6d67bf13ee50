import { EngineError } from '../../base/errors.ts';
import type { LogEntry } from '../core/model.ts';
import type { Entry } from '../core/raft/types.ts';
import { entryCodec } from '../entry-codec.ts';

/** What an entry says; null for a leader's first one, and for one that says nothing we know. */
export function decodedEntry(entry: Entry): LogEntry | null {
  if (entry.payload.length === 0) return null;
  try {
    return entryCodec.decode(entry.index, entry.payload);
  } catch (error) {
    // Replicas pass over such an entry, too, all of them in the same way.
    if (error instanceof EngineError) return null;
    throw error;
  }
}
