/* Limits of the deep store and of what servers keep of it; the others are in `limits.ts`. */

/**
 * One part of a multipart upload, and the largest object that is sent whole: S3 takes parts from 5 MiB
 * on and at most 10,000 of them, and what is repeated after a fault should be little.
 */
export const S3_PART_BYTES = 8 * 1_048_576;

/** Parts of one upload that are sent side by side: each is in memory meanwhile. */
export const S3_PART_UPLOADS_MAX = 3;

/**
 * Bytes that one request reads from a bucket or a peer: much more than what passes while it is on its
 * way, and little enough to repeat after a fault.
 */
export const SEGMENT_READ_BYTES = 4 * 1_048_576;

/** Such requests for one segment side by side: one connection to S3 is slower than most links. */
export const SEGMENT_READS_MAX = 4;

/** Times that one request to a bucket is sent: with the pauses between, a hiccup of some seconds. */
export const S3_ATTEMPTS_MAX = 6;

/** The longest pause after the first failed request to a bucket; it doubles from one to the next. */
export const S3_BACKOFF_MS = 100;

/** No pause between two requests to a bucket is longer. */
export const S3_BACKOFF_MS_MAX = 5_000;

/** A bucket that did not answer in all attempts is asked once only for so long: others wait for us. */
export const S3_DOWN_MS = 5_000;

/** Time for one request to a bucket: a part over a link of 3 Mbit/s. */
export const S3_REQUEST_TIMEOUT_MS = 30_000;

/** Names that a bucket is asked for at once: as many as S3 gives. */
export const S3_LIST_KEYS_MAX = 1_000;

/** Disk space of a server for segments of a bucket, unless it is told. */
export const DISK_CACHE_BYTES_DEFAULT = 16 * 2 ** 30;

/** Segment files that a server fetches side by side: each holds some reads' bytes in memory. */
export const SEGMENT_FETCHES_MAX = 4;

/** Peers that are asked for a segment's file before the deep store is. */
export const SEGMENT_FETCH_PEERS_MAX = 2;

/** Time for one read from a peer, which is on the same network. */
export const SEGMENT_PEER_TIMEOUT_MS = 10_000;

/** Files that a server sends to peers side by side: queries need its disk and network too. */
export const SEGMENT_FILES_SENT_MAX = 16;

/** Reads of a segment that is not on the disk are not worth fetching all of it, up to this length. */
export const SEGMENT_DIRECT_READ_BYTES_MAX = 65_536;

/** Bytes that are read from a file at once to check or send them. */
export const FILE_BLOCK_BYTES = 1_048_576;
