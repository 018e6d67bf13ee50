import { assert } from './assert.ts';
import { CLUSTER_NODE_BYTES_MAX } from './limits.ts';

/*
 * Limits of brokers and servers that answer many queries, some of whose replicas fail: how long they wait for
 * each other, how much they do at a time, and what they keep. Units are in the names.
 */

/** The shortest time after which a part is asked of another replica, too: below, timers are coarse. */
export const HEDGE_DELAY_MS_MIN = 10;

/** The longest such time, and the one while too little is known: people notice more than that. */
export const HEDGE_DELAY_MS_MAX = 500;

/** Requests that may be sent for hedging, as a share of all: what servers must bear beside them. */
export const HEDGE_SHARE_MAX = 0.1;

/** Hedges that may go out at once after a quiet time. */
export const HEDGE_BURST_MAX = 20;

/** Requests under way at a server up to which it always has room for a hedge: it is as good as idle. */
export const HEDGE_IN_FLIGHT_MIN = 4;

/** Latest latencies of a table that its p95 is taken from: enough for it, and a slow server shows soon. */
export const LATENCY_SAMPLES = 128;

/** Latencies below which a p95 says nothing. */
export const LATENCY_SAMPLES_MIN = 20;

/** Tables whose latencies a broker follows; of more, those that were asked first are learned anew. */
export const LATENCY_TABLES_MAX = 1_000;

/** Silence after which a server is asked whether it is well. */
export const SERVER_SILENCE_MS = 200;

/** Time for a server to say that it is well: above any pause of a live one that has its turn. */
export const HEALTH_PROBE_TIMEOUT_MS = 500;

/** Pause before a server that failed is first probed; each later one is twice as long. */
export const HEALTH_BACKOFF_MS_MIN = 100;

/** The longest pause between two probes: a server that is back is asked at most so much later. */
export const HEALTH_BACKOFF_MS_MAX = 5_000;

/** Pause before replicas that could not be reached are tried again: a lost connection is renewed by then. */
export const REPLICA_RETRY_PAUSE_MS = 50;

/** Share of a query's time in which its answer is put together when some servers have not answered. */
export const PARTIAL_ANSWER_SHARE = 0.1;

/** Queries that a broker works on at a time: enough to keep many servers busy. */
export const RUNNING_QUERIES_MAX = 128;

/** Queries that wait for their turn at a broker. */
export const WAITING_QUERIES_MAX = 512;

/** The longest wait of a query for its turn that is begun: a client that tries again later does better. */
export const QUERY_WAIT_MS_MAX = 1_000;

/** Memory that all running queries of a broker may hold before others wait. */
export const BROKER_QUERY_BYTES_MAX = 2 ** 30;

/** Memory that a query is taken to need until more is known: small answers, plans and buffers. */
export const QUERY_BYTES_EXPECTED = 1_048_576;

/** Leaf requests that a server works on at a time: they share its threads. */
export const LEAF_REQUESTS_MAX = 64;

/** Leaf requests that wait at a server; beyond, another replica has to do. */
export const LEAF_REQUESTS_WAITING_MAX = 256;

/** The longest wait of a leaf request at a server that is begun; else another replica has to do. */
export const LEAF_WAIT_MS_MAX = 2_000;

/** Clients whose rates a broker follows; of more, those that asked least lately are forgotten. */
export const QUOTA_CLIENTS_MAX = 10_000;

/** Characters of a client's name that a broker goes by. */
export const CLIENT_NAME_CHARACTERS_MAX = 256;

/**
 * A response of so many bytes is sent while it is written: what is shorter costs less in one piece, and can
 * still become an error.
 */
export const RESPONSE_STREAM_BYTES_MIN = 1_048_576;

/** Time in which a client has to take more of a response that is sent while it is written: its rows are held. */
export const RESPONSE_STALL_MS_MAX = 30_000;

/** Memory for the answers that cursors of a broker read. */
export const CURSOR_BYTES_MAX = 256 * 1_048_576;

/** Answers that a broker keeps for cursors. */
export const CURSORS_MAX = 1_000;

/** Time that a broker keeps an answer for a cursor: Pinot's hour. */
export const CURSOR_AGE_MS_MAX = 3_600_000;

/** Rows of a cursor's page when the client names no number: Pinot's default. */
export const CURSOR_ROWS_DEFAULT = 10_000;

/**
 * Bytes of a segment's record for the least and greatest values of columns: with them a record is about
 * half as long again, so that the tree of 100,000 segments, which every broker reads at its start, is too.
 */
export const RECORD_RANGES_BYTES_MAX = 192;

/** Bytes of a text there: long enough for a moment, an identifier or the difference between two names. */
export const RECORD_RANGE_TEXT_BYTES_MAX = 32;

/**
 * A page up to which ranges of columns are added to segments that are there. What is left up to
 * `CLUSTER_NODE_BYTES_MAX` is for servers and marks of loads, which have to fit: some 20 KB.
 */
export const SEGMENT_PAGE_RANGES_BYTES_MAX = 80_000;

assert(HEDGE_DELAY_MS_MIN < HEDGE_DELAY_MS_MAX, 'a bound below the other');
assert(LATENCY_SAMPLES_MIN < LATENCY_SAMPLES, 'a p95 can be known');
assert(QUERY_BYTES_EXPECTED < BROKER_QUERY_BYTES_MAX, 'a query can run');
assert(SEGMENT_PAGE_RANGES_BYTES_MAX < CLUSTER_NODE_BYTES_MAX, 'room for what has to fit');
