/**
 * Where a segment's bytes come from: a file, an object in a bucket.
 *
 * Keeps: a read fills all of `into` or fails with an `EngineError`, CORRUPT_DATA when the segment is
 * shorter than it should be.
 */
export interface SegmentSource {
  /** Reads from `offsetBytes` of the segment into all of `into`, which may be shared memory. */
  read(into: Uint8Array, offsetBytes: number): Promise<void>;
  /** There where reading again after a wrong checksum may help: throws away what was read from. */
  discardCopy?(): Promise<void>;
}
