/*
 * A record, big-endian, at a multiple of eight bytes:
 *
 *    0 | type u8: 1 entry, 2 entry with a configuration, 3 hard state, 4 position, 5 sound; never 0
 *    1 | mask u8: each byte of the payload is stored xor this
 *    2 | zero u16
 *    4 | payload length u32
 *    8 | index u64       of the entry or position, vote floor of a hard state, else 0
 *   16 | term u64        of the entry, hard state or position, else 0
 *   24 | offset u32      of this record in its file
 *   28 | write start u32 the offset at which the write began that brought this record
 *   32 | sequence u32    of the segment
 *   36 | payload checksum u32, of the payload as stored
 *   40 | chain u32       header checksum of the record before, of the segment's header for the first
 *   44 | header checksum u32, of bytes 0 to 43
 *   48 | payload … | zeros up to a multiple of eight bytes |
 *
 *   payloads:
 *     entry                       what the entry says
 *     entry with a configuration  | configuration length u32 | configuration | what the entry says |
 *     hard state                  | voted for u32 |
 *     position, sound             empty
 *
 * An entry whose index is not the next one cuts the log before it. A position says that the log is
 * empty and goes on after an index and term: a snapshot of a leader took its place. Sound says that
 * the node may vote again on the strength of this disk. Checksums are CRC-32C.
 *
 * What each field is for. Offset and sequence: a write that the disk put elsewhere is no record where
 * it lies. Chain: a record is only good after the one that was written before it, so a write that
 * the disk lost is noticed by the next one. Write start: one write is one group commit, and the next
 * begins only when it is durable. So any record of a later write proves that everything before that
 * write's start was durable once.
 *
 * The mask: no 512-byte sector's part of a record is all zeros. Unwritten parts of a segment are
 * zeros, and sectors reach the disk whole or not at all (the assumption of SQLite and of etcd's log
 * too), so a sector of zeros within a record is one that never arrived. Without one, a record that
 * does not hold was there and has changed since: that is damage and no torn write. Payloads with a
 * sector of zeros are rare; they are stored with a mask that no sector of theirs consists of.
 */

/** Bytes of a record before its payload. */
export const RECORD_HEADER_BYTES = 48;

/** Records begin at multiples of this. */
export const RECORD_ALIGNMENT_BYTES = 8;

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

/** What the first byte of a record says. */
export const RECORD_TYPE = { entry: 1, configEntry: 2, hardState: 3, position: 4, sound: 5 };

/** Offsets in a record's header. */
export const RECORD_FIELD = {
  type: 0,
  mask: 1,
  zero: 2,
  payloadBytes: 4,
  index: 8,
  term: 16,
  offset: 24,
  writeStart: 28,
  sequence: 32,
  payloadChecksum: 36,
  chain: 40,
  headerChecksum: 44,
};

/** Bytes that a record takes with a payload of that length. */
export function recordBytes(payloadBytes: number): number {
  const bytes = RECORD_HEADER_BYTES + payloadBytes;
  return Math.ceil(bytes / RECORD_ALIGNMENT_BYTES) * RECORD_ALIGNMENT_BYTES;
}
