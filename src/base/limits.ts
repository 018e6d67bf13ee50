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

/** Body of one query request: the longest statement in JSON with every character escaped. */
export const QUERY_BODY_BYTES_MAX = 8 * 1_048_576;

/** Time a query may take when the caller names no limit: Pinot's broker default. */
export const QUERY_TIMEOUT_MS_DEFAULT = 10_000;

/** Groups that are kept in directly indexed accumulators: at 16 bytes each they stay in the L2 cache. */
export const DENSE_GROUPS_MAX = 262_144;

/** A string value in a segment. */
export const STRING_BYTES_MAX = 16 * 1_048_576;

/** One znode's data and one coordinator request: ZooKeeper's jute.maxbuffer default. */
export const COORDINATOR_PACKET_BYTES_MAX = 1_048_575;

/** One exchange block between server and broker. */
export const BLOCK_BYTES_MAX = 2 ** 31 - 1;

assert(SEGMENT_ROWS_DEFAULT % BATCH_ROWS === 0, 'a segment holds whole batches');
assert(BATCH_ROWS % 64 === 0, 'a batch starts at a bitmap word');
assert(SEGMENT_ROWS_DEFAULT <= SEGMENT_ROWS_MAX, 'default segments are legal segments');
assert(QUERY_BODY_BYTES_MAX > 6 * SQL_TEXT_CHARACTERS_MAX, 'any legal statement fits a request');
