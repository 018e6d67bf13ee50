/**
 * Every limit of the engine, in one place, with its unit in the name and its reason beside it. The
 * relations that other code relies on are asserted below, when this module loads.
 */
import { assert } from './assert.ts';

/** Rows of one batch and of one min/max zone: 64 Ki, so that bitmaps and zones share boundaries. */
export const BATCH_ROWS = 65_536;

/** Rows the loader puts into one segment: a multiple of the batch, in the usual 1–5 M range. */
export const SEGMENT_ROWS_DEFAULT = 16 * BATCH_ROWS;

/** Rows of a segment at most: codes, row numbers and counts inside a segment are 32-bit. */
export const SEGMENT_ROWS_MAX = 2 ** 31;

/** Alignment of every buffer in a segment file and in an arena: one cache line, four SIMD vectors. */
export const BUFFER_ALIGNMENT_BYTES = 64;

/** One arena: WebAssembly's 32-bit address space. */
export const ARENA_BYTES_MAX = 2 ** 32;

/** A SQL statement's text, as Pinot and PostgreSQL front ends in practice: generous, yet bounded. */
export const SQL_TEXT_CHARACTERS_MAX = 1_048_576;

/** Nesting of expressions: deeper text would exhaust the JavaScript stack in recursive descent. */
export const EXPRESSION_DEPTH_MAX = 500;

/** Expressions of a statement after BETWEEN and CASE are written out: any legal text without them fits. */
export const EXPRESSION_NODES_MAX = 1_048_576;

/**
 * Entries of a select list, and GROUP BY keys, aggregates and ORDER BY keys of a query: more than
 * twice PostgreSQL's limit, and few enough to compare each with each.
 */
export const QUERY_COLUMNS_MAX = 4_096;

/** Body of one query request: the longest statement in JSON with every character escaped. */
export const QUERY_BODY_BYTES_MAX = 8 * 1_048_576;

/** Time a query may take when the caller names no limit: Pinot's broker default. */
export const QUERY_TIMEOUT_MS_DEFAULT = 10_000;

/** Groups that are kept in directly indexed accumulators: at 16 bytes each they stay in the L2 cache. */
export const DENSE_GROUPS_MAX = 262_144;

/** A string value in a segment. */
export const STRING_BYTES_MAX = 16 * 1_048_576;

/** A CSV or NDJSON record: longer ones come from a quote that was never closed. */
export const RECORD_CHARACTERS_MAX = 64 * 1_048_576;

/** A Parquet page after decompression: over a hundred times what writers make by default. */
export const PARQUET_PAGE_BYTES_MAX = 256 * 1_048_576;

/** Rows of one Parquet row group: the widest column of it takes 2 GiB once decoded. */
export const PARQUET_GROUP_ROWS_MAX = 2 ** 28;

/** A segment's JSON footer: thousands of columns, and room for one longest string as min and max. */
export const SEGMENT_FOOTER_BYTES_MAX = 64 * 1_048_576;

/** One znode's data and one coordinator request: ZooKeeper's jute.maxbuffer default. */
export const COORDINATOR_PACKET_BYTES_MAX = 1_048_575;

/**
 * One coordinator answer a client accepts: names of a very large directory exceed a packet, and
 * ZooKeeper's servers send them whole.
 */
export const COORDINATOR_REPLY_BYTES_MAX = 64 * 1_048_576;

/** Requests of one coordinator connection that may wait for the disk: ZooKeeper's global limit. */
export const COORDINATOR_OUTSTANDING_REQUESTS_MAX = 1_000;

/** Log entries between two snapshots of the coordinator: ZooKeeper's snapCount. */
export const COORDINATOR_SNAPSHOT_ENTRIES = 100_000;

/** Log bytes between two snapshots: replayed in about a second at start. */
export const COORDINATOR_LOG_BYTES_MAX = 64 * 1_048_576;

/** Bytes queued for a TCP peer that does not read, before it is cut off. */
export const TCP_SEND_QUEUE_BYTES_MAX = 2 * COORDINATOR_REPLY_BYTES_MAX;

/** Time for a TCP peer to accept a connection: two lost packets of a handshake. */
export const TCP_CONNECT_TIMEOUT_MS = 5_000;

/** One exchange block between server and broker. */
export const BLOCK_BYTES_MAX = 2 ** 31 - 1;

/** Open connections to one HTTP door: beyond it the kernel's queue holds newcomers back. */
export const HTTP_CONNECTIONS_MAX = 4_096;

/** Time to send all request headers: a sender slower than this is broken or hostile. */
export const HTTP_HEADERS_TIMEOUT_MS = 15_000;

/** Time to send a whole request: a large segment over a slow link must still fit. */
export const HTTP_REQUEST_TIMEOUT_MS = 300_000;

/** Time to open a connection to a peer, after which it counts as down. */
export const HTTP_CONNECT_TIMEOUT_MS = 3_000;

/** Connections to one peer: as many requests as run side by side before they queue. */
export const HTTP_PEER_CONNECTIONS_MAX = 64;

/** An idle client connection is closed after this, always before the server closes it. */
export const HTTP_PEER_IDLE_MS = 30_000;

/** An idle server connection is closed after this. */
export const HTTP_SERVER_IDLE_MS = 65_000;

/** One segment file sent to the deep store through a controller. */
export const SEGMENT_UPLOAD_BYTES_MAX = 2 ** 31 - 1;

/** A JSON request to a controller: schemas and the segment list of one load. */
export const CONTROLLER_BODY_BYTES_MAX = 16 * 1_048_576;

/** A leaf request from a broker: a plan, whose literals come from one statement, and segment names. */
export const LEAF_BODY_BYTES_MAX = 64 * 1_048_576;

/** One JSON answer: half of what V8 allows for a string, so that JavaScript clients can read it. */
export const RESPONSE_BYTES_MAX = 256 * 1_048_576;

/** Segment files that a server opens side by side when it takes over segments. */
export const SEGMENT_LOADS_MAX = 16;

/** Working memory of a broker for reducing answers: address space, of which a query uses its part. */
export const REDUCE_MEMORY_BYTES = 2 ** 31;

/** The longest timer: what fits a signed 32-bit number of milliseconds, 24 days. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** Time that a finished load waits for brokers to notice it: they usually need a few milliseconds. */
export const BROKER_SIGHT_TIMEOUT_MS = 2_000;

/** Time within which servers must serve the segments of a new load before the load is reported late. */
export const SERVE_TIMEOUT_MS = 60_000;

/** Silence after which the coordinator ends a role's session: ZooKeeper's usual 10 s. */
export const SESSION_TIMEOUT_MS = 10_000;

assert(SEGMENT_ROWS_DEFAULT % BATCH_ROWS === 0, 'a segment holds whole batches');
assert(BATCH_ROWS % 64 === 0, 'a batch starts at a bitmap word');
assert(SEGMENT_ROWS_DEFAULT <= SEGMENT_ROWS_MAX, 'default segments are legal segments');
assert(
  EXPRESSION_NODES_MAX >= SQL_TEXT_CHARACTERS_MAX,
  'every expression takes a character of text',
);
assert(QUERY_BODY_BYTES_MAX > 6 * SQL_TEXT_CHARACTERS_MAX, 'any legal statement fits a request');
assert(HTTP_PEER_IDLE_MS < HTTP_SERVER_IDLE_MS, 'clients never reuse a connection being closed');
assert(
  COORDINATOR_LOG_BYTES_MAX > 2 * COORDINATOR_PACKET_BYTES_MAX,
  'a log file holds more than one entry',
);
assert(RECORD_CHARACTERS_MAX > STRING_BYTES_MAX, 'any legal string fits a record');
