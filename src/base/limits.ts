/**
 * Every limit of the engine, in one place, with its unit in the name and its reason beside it; those of
 * servers under load are in `serving-limits.ts`. The relations that other code relies on are asserted
 * below, when this module loads.
 */
import { assert } from './assert.ts';

/** Rows of one batch and of one min/max zone: 64 Ki, so that bitmaps and zones share boundaries. */
export const BATCH_ROWS = 65_536;

/**
 * Batches at most that are filtered at once, so that few rows of many batches are aggregated together: the
 * mask of so many rows and the column before it stay in a core's cache.
 */
export const FILTERED_BATCHES_MAX = 8;

/**
 * What a thread keeps of expressions that it has evaluated for all codes of a column: a regular expression over
 * a million texts, or thousands of small ones.
 */
export const EVALUATED_DOMAINS_BYTES_MAX = 64 * 1_048_576;

/** Rows the loader puts into one segment: a multiple of the batch, in the usual 1–5 M range. */
export const SEGMENT_ROWS_DEFAULT = 16 * BATCH_ROWS;

/** Rows of a segment at most: codes, row numbers and counts inside a segment are 32-bit. */
export const SEGMENT_ROWS_MAX = 2 ** 31;

/** Values of an array column in a segment at most: their places are 32-bit, and so are masks of them. */
export const SEGMENT_VALUES_MAX = 2 ** 31;

/** Alignment of every buffer in a segment file and in an arena: one cache line, four SIMD vectors. */
export const BUFFER_ALIGNMENT_BYTES = 64;

/**
 * Memory of a column that is stored as one piece: eight bytes for each row of a batch. Working memory
 * for decoding is in proportion to it.
 */
export const STORED_CHUNK_BYTES = 8 * BATCH_ROWS;

/** One arena: WebAssembly's 32-bit address space. */
export const ARENA_BYTES_MAX = 2 ** 32;

/** A SQL statement's text, as Pinot and PostgreSQL front ends in practice: generous, yet bounded. */
export const SQL_TEXT_CHARACTERS_MAX = 1_048_576;

/** Nesting of expressions: deeper text would exhaust the JavaScript stack in recursive descent. */
export const EXPRESSION_DEPTH_MAX = 500;

/** Plans that a broker keeps for statements that come again: the panels of some dashboards. */
export const KEPT_PLANS_MAX = 256;

/** Plans with their segments that a worker thread keeps: those of a dashboard, each a few kilobytes. */
export const KEPT_JOBS_MAX = 64;

/** Text of a statement whose plan is kept: long ones are written by programs, and seldom come again. */
export const KEPT_STATEMENT_CHARACTERS_MAX = 16_384;

/** Subqueries in FROM inside one another: Pinot's nested GAPFILL has three, and each holds its answer. */
export const SUBQUERY_DEPTH_MAX = 16;

/**
 * Rows of each partition up to which servers keep the first ones only: each takes 8 bytes a partition and
 * thread, and with more of them few rows are left out.
 */
export const PARTITION_LIMIT_MAX = 64;

/**
 * Rows that GAPFILL gives at most: some gigabytes, and far more than a chart has points. What it adds
 * depends on its bounds and not on the table, so that a slip of a digit would fill any memory.
 */
export const GAPFILL_ROWS_MAX = 10_000_000;

/** Expressions of a statement after BETWEEN and CASE are written out: any legal text without them fits. */
export const EXPRESSION_NODES_MAX = 1_048_576;

/**
 * Entries of a select list, and GROUP BY keys, aggregates and ORDER BY keys of a query: more than
 * twice PostgreSQL's limit, and few enough to compare each with each.
 */
export const QUERY_COLUMNS_MAX = 4_096;

/** Sets of columns that one query groups by: a CUBE of eight columns, and each set is as many groups. */
export const GROUPING_SETS_MAX = 256;

/** Body of one query request: the longest statement in JSON with every character escaped. */
export const QUERY_BODY_BYTES_MAX = 8 * 1_048_576;

/** Time a query may take when the caller names no limit: Pinot's broker default. */
export const QUERY_TIMEOUT_MS_DEFAULT = 10_000;

/**
 * Groups of a query that names no limit: far more than memory holds for most queries, so that the
 * limit is met by those who set one, and by mistakes such as grouping by a row's number.
 */
export const GROUPS_MAX_DEFAULT = 100_000_000;

/**
 * What one process holds for a query that names no limit: working memory, partial results, the answer.
 * The engine's own regions end far below; it is results on the heap that would take all of a machine.
 */
export const QUERY_MEMORY_BYTES_DEFAULT = 8 * 2 ** 30;

/** What one process puts on its disk for a query that names no limit: far more than memory, and no whole disk. */
export const QUERY_SPILL_BYTES_DEFAULT = 128 * 2 ** 30;

/** Rows that a server hands on for a query that names no limit: they are in memory whole, as Pinot's are. */
export const QUERY_ANSWER_BYTES_DEFAULT = 8 * 2 ** 30;

/**
 * What a thread may hold above the memory of a query that can spill: groups of one batch, before they are looked
 * at, in a table that has just grown, or one partition that cannot be split.
 */
export const SPILL_SLACK_BYTES = 64 * 1_048_576;

/** A block of rows on the disk: reading it is worth a system call, and blocks of many runs fit into memory. */
export const SPILL_BLOCK_BYTES = 262_144;

/** State of one aggregate in directly indexed groups: it stays in the L2 cache. */
export const DENSE_STATE_BYTES_MAX = 4 * 1_048_576;

/** The same for groups by a single key: a few million, which take some milliseconds to clear. */
export const SINGLE_STATE_BYTES_MAX = 64 * 1_048_576;

/** The same for groups over several segments, which are cleared once for all of them. */
export const SPANNING_STATE_BYTES_MAX = 128 * 1_048_576;

/** Groups, or distinct values, from which on they are gathered over several segments at once. */
export const SPANNING_GROUPS_MIN = 16_384;

/** Sketches of one metric of a star-tree: a quarter of an arena. A segment whose tree has more has none. */
export const STAR_TREE_SKETCH_BYTES_MAX = 2 ** 30;

/**
 * Rows, or records of star-trees, up to which the thread that asks reads them alone: telling two workers and
 * hearing from them took 0.5 to 1 ms on two cores, in which one thread aggregates 100,000 rows.
 */
export const CALLER_ROWS_MAX = 2 * BATCH_ROWS;

/** Characters of a regular expression: far beyond what people write, little enough to parse. */
export const REGEXP_CHARACTERS_MAX = 32_768;

/** Nesting of groups in a regular expression: the parser and the compiler go down recursively. */
export const REGEXP_DEPTH_MAX = 250;

/** Capturing groups of a regular expression: each thread of a match carries two places for each. */
export const REGEXP_GROUPS_MAX = 100;

/** The counts of x{n,m} in a regular expression: RE2's limit. */
export const REGEXP_REPEAT_MAX = 1_000;

/** Instructions of a compiled regular expression; a match takes as many steps a character at most. */
export const REGEXP_INSTRUCTIONS_MAX = 10_000;

/** Places in a regular expression over bytes, and ways between them: a step of its automaton may look at all. */
export const REGEXP_ITEMS_MAX = 20_000;

/** Transitions that the automaton of a regular expression keeps: 256 KiB with the places of their traces. */
export const REGEXP_TRANSITIONS_MAX = 32_768;

/** Words of the traces of those transitions: one a thread, 256 KiB. */
export const REGEXP_TRACE_WORDS_MAX = 65_536;

/** How often an automaton may outgrow its room before texts are matched without it. */
export const REGEXP_CLEARS_MAX = 16;

/** Partitions of a column's values: a segment lists those that it has. */
export const PARTITIONS_MAX = 10_000;

/** UTF-16 units of a constant text that a plan carries in place of the call that makes it. */
export const FOLDED_TEXT_CHARACTERS_MAX = 4_096;

/** Texts that a regular expression is looked for in before a query is asked whether it may go on. */
export const REGEXP_SLICE_TEXTS = 65_536;

/** Steps of one search that are kept to find its groups by, 8 bytes each; longer ones go without. */
export const REGEXP_LOG_STEPS_MAX = 16_384;

/** Characters of each text whose edit distance is taken: the time grows with their product. */
export const EDIT_DISTANCE_CHARACTERS_MAX = 4_096;

/** Nesting of a JSON text whose parts are asked for: its parser goes down recursively. */
export const JSON_DEPTH_MAX = 1_000;

/** Records that JSON_MATCH makes of the arrays of one value: four arrays of a dozen elements each. */
export const JSON_RECORDS_MAX = 20_000;

/** Rows that an approximate quantile sets aside before it sorts them: 12 MiB a thread. */
export const SKETCH_ROWS_MAX = 1_048_576;

/** Bins of a histogram: each group of an answer has a number for each of them. */
export const HISTOGRAM_BINS_MAX = 10_000;

/** Values of a dimension of a default star-tree, as in Pinot: one of more aggregates next to nothing. */
export const STAR_TREE_CARDINALITY_MAX = 10_000;

/** Steps of a funnel: more than any that people look at, and each is a filter of its own. */
export const FUNNEL_STEPS_MAX = 64;

/** A text that LIST_AGG makes: as long as the longest string value, and every row of an answer may be one. */
export const LIST_CHARACTERS_MAX = 16 * 1_048_576;

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

/**
 * Requests of one coordinator connection that may wait for an answer before it is read no further:
 * ZooKeeper's limit for all, which no client that waits for answers now and then comes to.
 */
export const COORDINATOR_OUTSTANDING_REQUESTS_MAX = 1_000;

/**
 * Requests of all connections that may wait. Far more than ZooKeeper's 1,000, because all that wait
 * share the next write to the disk; a small one takes about a kilobyte while it waits.
 */
export const COORDINATOR_OUTSTANDING_TOTAL_MAX = 20_000;

/** Bytes of these requests: dozens of the largest size, and several copies fit into memory. */
export const COORDINATOR_OUTSTANDING_BYTES_MAX = 64 * 1_048_576;

/**
 * One tick of consensus: heartbeats come every two, elections begin after six to twelve without one.
 * A network on one continent answers within a tick; a pause of garbage collection is shorter, too.
 */
export const COORDINATOR_TICK_MS = 50;

/**
 * Time without a leader after which a coordinator sends its clients to others: longer than electing
 * one takes, and far shorter than a session lives.
 */
export const COORDINATOR_LEADERLESS_MS_MAX = 2_000;

/** Log entries between two snapshots of the coordinator: ZooKeeper's snapCount. */
export const COORDINATOR_SNAPSHOT_ENTRIES = 100_000;

/** Log bytes between two snapshots: replayed in about a second at start. */
export const COORDINATOR_LOG_BYTES_MAX = 64 * 1_048_576;

/** A snapshot that is restored through the coordinator's HTTP door: it is held in memory whole. */
export const COORDINATOR_RESTORE_BYTES_MAX = 2 ** 30;

/** Nodes that one HTTP answer lists with their data: enough for a page, and read side by side. */
export const COORDINATOR_HTTP_CHILDREN_MAX = 1_000;

/** Data of all children in one such answer: a page of some text each. */
export const COORDINATOR_HTTP_CHILDREN_BYTES_MAX = 16 * 1_048_576;

/** Users whose sessions the HTTP door keeps open: one connection to its own node each. */
export const COORDINATOR_HTTP_USERS_MAX = 64;

/** A user's session at the HTTP door is closed when it was not used for so long. */
export const COORDINATOR_HTTP_IDLE_MS = 60_000;

/** Requests of one user that the HTTP door has under way: more are told to try again. */
export const COORDINATOR_HTTP_REQUESTS_MAX = 500;

/** Streams of watch events over HTTP: each holds a session, a connection and a socket. */
export const COORDINATOR_HTTP_WATCHES_MAX = 1_000;

/** Time between two signs of life on a stream of events: proxies close what is silent for 30 s. */
export const COORDINATOR_HTTP_KEEP_ALIVE_MS = 15_000;

/** Events that may wait for the reader of a stream before it is ended: it reads again then. */
export const COORDINATOR_HTTP_EVENTS_MAX = 10_000;

/** Silence after which the HTTP door's own session ends: it pings like any client. */
export const COORDINATOR_HTTP_SESSION_TIMEOUT_MS = 10_000;

/** Everybody that a client has proved to be: it travels with each of its requests through the log. */
export const COORDINATOR_IDENTITIES_CHARACTERS_MAX = 65_536;

/**
 * One message between coordinators: what is appended, forwarded or sent of a snapshot at once is
 * about a megabyte, but a single entry may be a client's packet of the largest size that can be
 * configured.
 */
export const PEER_FRAME_BYTES_MAX = 2 * COORDINATOR_REPLY_BYTES_MAX;

/** Time for whoever connects to a coordinator's peer port to say which member it is. */
export const PEER_HANDSHAKE_TIMEOUT_MS = 3_000;

/** Time between two looks for containers and TTL nodes to delete: ZooKeeper's checkIntervalMs. */
export const CONTAINER_SWEEP_MS = 60_000;

/** Nodes deleted by one look: ZooKeeper's maxPerMinute. */
export const CONTAINER_SWEEP_NODES_MAX = 10_000;

/**
 * A container without children that is younger is never deleted: it may have been created anew since
 * the leader has looked.
 */
export const CONTAINER_UNUSED_MS_MIN = 1_000;

/**
 * The first file of a coordinator's log, filled with zeros before it is used: a millisecond's work
 * at the first start, and room for thousands of small entries.
 */
export const COORDINATOR_SEGMENT_BYTES_FIRST = 256 * 1_024;

/**
 * A file of the log at most (each is four times the one before): a quarter of what lies between two
 * snapshots, so that old files can go piece by piece, and yet rarely more than one change a second.
 */
export const COORDINATOR_SEGMENT_BYTES_MAX = 16 * 1_048_576;

/**
 * One write to the log: a larger batch is cut into several, so that the buffer stays small. Room
 * for several requests of the largest size.
 */
export const COORDINATOR_LOG_WRITE_BYTES_MAX = 4 * 1_048_576;

/**
 * One write of a snapshot or of zeros beside the log: its checksum keeps the thread for about a
 * millisecond, and its way to the disk does not hold up the log for long.
 */
export const COORDINATOR_BACKGROUND_WRITE_BYTES = 1_048_576;

/** Ticks without a leader before a member stands for election (at random up to twice as many). */
export const RAFT_ELECTION_TICKS = 6;

/** Ticks between two heartbeats of a leader: two may be lost before anybody stands for election. */
export const RAFT_HEARTBEAT_TICKS = 2;

/** Entries of one append message: enough to fill a link, small beside a snapshot. */
export const RAFT_APPEND_BYTES_MAX = 1_048_576;

/** Appends on their way to one follower: what a fast disk and a slow link need to overlap. */
export const RAFT_INFLIGHT_MESSAGES_MAX = 256;

/** Bytes on their way to one follower: 1 Gbit/s over a round trip of 100 ms. */
export const RAFT_INFLIGHT_BYTES_MAX = 16 * 1_048_576;

/** One part of a snapshot: heartbeats behind it wait for some milliseconds at most. */
export const RAFT_SNAPSHOT_CHUNK_BYTES = 1_048_576;

/** A snapshot that a member accepts: it holds it in memory twice while it is assembled. */
export const RAFT_SNAPSHOT_BYTES_MAX = 1_024 * 1_048_576;

/**
 * Applied entries kept in memory, so that a short absence needs no snapshot: thousands of small ones,
 * where ZooKeeper keeps five hundred of any size.
 */
export const RAFT_RETAINED_BYTES_MAX = 4 * 1_048_576;

/**
 * Entries of a node's access list: more than a request of 12 bytes for each can name, so that only
 * `auth` entries, which multiply by what a client has proved, can come to it.
 */
export const ACL_ENTRIES_MAX = 100_000;

/** Text of a quota: it is read at every change below, and the usual ones have 60 bytes. */
export const QUOTA_TEXT_BYTES_MAX = 4_096;

/** Bytes queued for a TCP peer that does not read, before it is cut off. */
export const TCP_SEND_QUEUE_BYTES_MAX = 2 * COORDINATOR_REPLY_BYTES_MAX;

/** Time for a TCP peer to accept a connection: two lost packets of a handshake. */
export const TCP_CONNECT_TIMEOUT_MS = 5_000;

/** Time for a TLS handshake, and for the first byte where it decides between TLS and plaintext. */
export const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Time for a client to say which session it wants, from the moment it may speak. As long as the
 * shortest usual session lasts without a word.
 */
export const COORDINATOR_HANDSHAKE_TIMEOUT_MS = 10_000;

/** Answers to one connection that are gathered before they are sent: a few TCP segments' worth. */
export const COORDINATOR_SEND_BATCH_BYTES = 65_536;

/** One exchange block between server and broker. */
export const BLOCK_BYTES_MAX = 2 ** 31 - 1;

/** Open connections to one HTTP door: beyond it the kernel's queue holds newcomers back. */
export const HTTP_CONNECTIONS_MAX = 4_096;

/** Connections that wait to be accepted: beyond, the kernel lets clients try again after a second. */
export const HTTP_BACKLOG = 4_096;

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

/** A file in a form, which is in memory as a whole while it is read: data to ingest, or a segment. */
export const FORM_BYTES_MAX = 256 * 1_048_576;

/** A JSON request to a controller: schemas and the segment list of one load. */
export const CONTROLLER_BODY_BYTES_MAX = 16 * 1_048_576;

/** A leaf request from a broker: a plan, whose literals come from one statement, and segment names. */
export const LEAF_BODY_BYTES_MAX = 64 * 1_048_576;

/** Segment files that a server or controller opens side by side when it takes over segments. */
export const SEGMENT_LOADS_MAX = 16;

/** Pages of a table's segments that a server works on side by side. */
export const PAGES_HOSTED_MAX = 8;

/** Time after which a server tries again to open a segment, or to say what it serves. */
export const SEGMENT_RETRY_MS = 5_000;

/** Time after which a controller that failed to take over tries again. */
export const LEADERSHIP_RETRY_MS = 500;

/** Pages of a table's segments that the controller writes side by side: they share the log's next write. */
export const PAGE_WRITES_MAX = 16;

/** Working memory of a broker for reducing answers: address space, of which a query uses its part. */
export const REDUCE_MEMORY_BYTES = 2 ** 31;

/** The longest timer: what fits a signed 32-bit number of milliseconds, 24 days. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** Time that a finished load waits for brokers to notice it: they usually need a few milliseconds. */
export const BROKER_SIGHT_TIMEOUT_MS = 2_000;

/** Time within which servers must serve the segments of a new load before the load is reported late. */
export const SERVE_TIMEOUT_MS = 60_000;

/**
 * For others to notice that a role is about to leave, while it still answers: a watch takes milliseconds,
 * a check of health by a load balancer a second.
 */
export const LEAVE_NOTICE_MS = 1_000;

/** For requests that are under way when a role leaves: as long as a query may take by default. */
export const LEAVE_GRACE_MS = 10_000;

/**
 * One node of the cluster's state: read whole whenever it changes, by every role, and written whole,
 * so it stays far below the coordinator's packets.
 */
export const CLUSTER_NODE_BYTES_MAX = 100_000;

/**
 * A page of a table's segments when it counts as full: some 200 segments. Records in it may grow by
 * servers and marks of loads until the node is at its limit.
 */
export const SEGMENT_PAGE_BYTES_MAX = 65_536;

/** Partitions that a segment's record lists; a segment of more has rows for most queries anyway. */
export const RECORD_PARTITIONS_MAX = 32;

/** The reason why a server cannot load a segment: a page of them must fit a node. */
export const LOAD_FAILURE_CHARACTERS_MAX = 300;

/** Nodes that a follower of the tree asks for side by side when it reads everything. */
export const TREE_READS_MAX = 64;

/**
 * Time for which a server keeps a segment that is not its any more, and the deep store an object that
 * is no segment's: brokers may not have heard of the change, and queries that have begun go on.
 */
export const SEGMENT_GRACE_MS = 60_000;

/**
 * Time after which an object without a record is no upload whose load is still to be committed: loads
 * of very large files take hours.
 */
export const ORPHAN_GRACE_MS = 24 * 3_600_000;

/** Time between two looks of the leading controller for what is to be removed. */
export const HOUSEKEEPING_MS = 10_000;

/** Time between two comparisons of the deep store with the records: it lists all objects. */
export const ORPHAN_SWEEP_MS = 3_600_000;

/**
 * Silence after which the coordinator ends a controller's session: another one then leads, so that
 * this and an election of some milliseconds stay below two seconds. A controller that is alone goes on
 * when it has lost its session for a pause; beside others it loses the loads that are under way.
 */
export const CONTROLLER_SESSION_TIMEOUT_MS = 1_500;

/**
 * Silence after which the coordinator ends the session of a server or broker. Queries do not wait for
 * it: brokers ask another replica when a server does not answer. A server that is busy for some seconds
 * should not lose its segments.
 */
export const SESSION_TIMEOUT_MS = 6_000;

/**
 * The shortest session of a coordinator that was not told otherwise. ZooKeeper's is two ticks, which
 * is four seconds by default; a cluster on an Apache ZooKeeper gets what that grants.
 */
export const COORDINATOR_SESSION_TIMEOUT_MS_MIN = 1_000;

assert(SKETCH_ROWS_MAX >= BATCH_ROWS, 'a batch can be set aside');
assert(SEGMENT_ROWS_DEFAULT % BATCH_ROWS === 0, 'a segment holds whole batches');
assert(BATCH_ROWS % 64 === 0, 'a batch starts at a bitmap word');
assert(SEGMENT_ROWS_DEFAULT <= SEGMENT_ROWS_MAX, 'default segments are legal segments');
assert(
  EXPRESSION_NODES_MAX >= SQL_TEXT_CHARACTERS_MAX,
  'every expression takes a character of text',
);
assert(QUERY_BODY_BYTES_MAX > 6 * SQL_TEXT_CHARACTERS_MAX, 'any legal statement fits a request');
assert(
  2 * CLUSTER_NODE_BYTES_MAX < COORDINATOR_PACKET_BYTES_MAX,
  'a node of the cluster fits a request',
);
assert(
  CLUSTER_NODE_BYTES_MAX > 1.5 * SEGMENT_PAGE_BYTES_MAX,
  'records in a full page may grow by half',
);
assert(
  COORDINATOR_SESSION_TIMEOUT_MS_MIN <= CONTROLLER_SESSION_TIMEOUT_MS,
  'our coordinator grants what a controller asks for',
);
assert(ORPHAN_GRACE_MS > SEGMENT_GRACE_MS, 'what is known to be garbage goes first');
assert(HTTP_PEER_IDLE_MS < HTTP_SERVER_IDLE_MS, 'clients never reuse a connection being closed');
assert(
  COORDINATOR_HTTP_REQUESTS_MAX < COORDINATOR_OUTSTANDING_REQUESTS_MAX,
  'the coordinator never stops reading from its own HTTP door',
);
assert(
  COORDINATOR_OUTSTANDING_TOTAL_MAX > COORDINATOR_OUTSTANDING_REQUESTS_MAX,
  'one connection does not keep all others waiting',
);
assert(
  COORDINATOR_LOG_BYTES_MAX > 2 * COORDINATOR_PACKET_BYTES_MAX,
  'a log file holds more than one entry',
);
assert(
  COORDINATOR_SEGMENT_BYTES_MAX > COORDINATOR_LOG_WRITE_BYTES_MAX,
  'a write fits into a file of the log',
);
assert(
  COORDINATOR_LOG_WRITE_BYTES_MAX > 2 * COORDINATOR_PACKET_BYTES_MAX,
  'a write takes the largest entry',
);
assert(
  RAFT_ELECTION_TICKS > 2 * RAFT_HEARTBEAT_TICKS,
  'a leader is not given up for one lost heartbeat',
);
assert(
  PEER_FRAME_BYTES_MAX >
    COORDINATOR_REPLY_BYTES_MAX + RAFT_APPEND_BYTES_MAX + 4 * COORDINATOR_IDENTITIES_CHARACTERS_MAX,
  'members can tell each other everything',
);
assert(
  RAFT_INFLIGHT_BYTES_MAX >= 2 * RAFT_APPEND_BYTES_MAX,
  'one append travels while the next is made',
);
assert(
  ACL_ENTRIES_MAX > COORDINATOR_PACKET_BYTES_MAX / 12,
  'any access list that fits a request is legal',
);
assert(RECORD_CHARACTERS_MAX > STRING_BYTES_MAX, 'any legal string fits a record');
