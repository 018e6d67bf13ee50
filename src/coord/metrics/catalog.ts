/*
 * The metrics that a coordinator may measure, under ZooKeeper's names, so that dashboards and alerts
 * written for ZooKeeper go on working. A metric is printed once somebody who measures it has asked
 * for it; none is printed for the sake of its name.
 *
 * ZooKeeper has these besides, and we have nothing that they could measure: jvm_* and the other JVM
 * and netty metrics; response_packet_cache_* and response_packet_get_children_cache_* (answers are
 * not cached); dead_watchers_*, add_dead_watcher_stall_time; prep_*, *_commit_proc_*, om_*, and the
 * other queues between its threads (one thread does it all); connection_token_deficit and
 * connection_drop_probability; quota_*_per_namespace, read_per_namespace, write_per_namespace;
 * learner_handler_qp_*; ack_latency per server; digest_mismatches_count (replicas compare snapshots).
 */

/** Things that are counted, with what is counted. */
export const COUNTERS = {
  bytes_received_count: 'bytes of packets from clients',
  response_bytes: 'bytes of answers to clients',
  watch_bytes: 'bytes of watch events to clients',
  commit_count: 'entries applied to the tree',
  proposal_count: 'entries proposed by this node',
  connection_request_count: 'handshakes of clients',
  connection_revalidate_count: 'handshakes that resumed a session',
  connection_rejected: 'connections refused because there were too many',
  connection_drop_count: 'connections closed by this node',
  unsuccessful_handshake: 'handshakes that failed, TLS or other',
  tls_handshake_exceeded: 'TLS handshakes refused because too many were under way',
  sessionless_connections_expired: 'connections closed because no handshake came',
  stale_sessions_expired: 'sessions that ended because nothing was heard of them',
  revalidate_count: 'sessions that a follower asked the leader about',
  large_requests_rejected: 'requests refused because of their size',
  request_throttle_wait_count: 'requests that had to wait because there were too many',
  throttled_ops: 'requests refused because there were too many',
  stale_requests: 'requests whose connection was gone before they were performed',
  stale_requests_dropped: 'requests dropped because their connection was gone',
  stale_replies: 'answers dropped because their connection was gone',
  looking_count: 'elections this node has taken part in',
  diff_count: 'followers brought up to date by entries',
  snap_count: 'followers brought up to date by a snapshot',
  learner_proposal_received_count: 'entries received from a leader',
  learner_commit_received_count: 'commits heard of from a leader',
  ensemble_auth_success: 'peers that proved who they are',
  ensemble_auth_fail: 'peers that could not prove who they are',
  ensemble_auth_skip: 'peers that did not have to prove who they are',
  outstanding_changes_queued: 'entries that began to wait for the log',
  outstanding_changes_removed: 'entries that no longer wait for the log',
  snapshot_error_count: 'snapshots that failed',
  snapshot_rate_limited_count: 'snapshots refused because the last was too recent',
  restore_error_count: 'restores that failed',
  restore_rate_limited_count: 'restores refused because the last was too recent',
  ttl_node_created_count: 'nodes created with a time to live',
  ttl_node_deleted_count: 'nodes deleted because their time to live was over',
  unrecoverable_error_count: 'errors that ended this node',
  op_count_total: 'requests of clients',
  op_count_add_watch: 'addWatch requests',
  op_count_check: 'check requests outside multi',
  op_count_check_watches: 'checkWatches requests',
  op_count_close_session: 'closeSession requests',
  op_count_create: 'create requests of all kinds',
  op_count_create_session: 'sessions asked for',
  op_count_delete: 'delete requests',
  op_count_exists: 'exists requests',
  op_count_get_acl: 'getACL requests',
  op_count_get_all_children_number: 'getAllChildrenNumber requests',
  op_count_get_children: 'getChildren requests of both kinds',
  op_count_get_data: 'getData requests',
  op_count_get_ephemerals: 'getEphemerals requests',
  op_count_multi: 'multi requests',
  op_count_multi_read: 'multiRead requests',
  op_count_ping: 'pings',
  op_count_reconfig: 'reconfig requests',
  op_count_remove_watches: 'removeWatches requests',
  op_count_set_acl: 'setACL requests',
  op_count_set_data: 'setData requests',
  op_count_set_watches: 'setWatches requests of both kinds',
  op_count_sync: 'sync requests',
  op_count_who_am_i: 'whoAmI requests',
} as const;

/** Things that have a size or take time, of which least, greatest and average matter. */
export const SUMMARIES = {
  fsynctime: 'ms to make a batch of entries durable',
  snapshottime: 'ms to write a snapshot',
  restore_time: 'ms to restore from a snapshot',
  dbinittime: 'ms to read the data directory at start',
  startup_txns_loaded: 'entries replayed at start',
  startup_txns_load_time: 'ms to replay entries at start',
  startup_snap_load_time: 'ms to read the snapshot at start',
  sync_processor_batch_size: 'entries that shared one fsync',
  election_time: 'ms from losing a leader to having one',
  unavailable_time: 'ms without a leader',
  leader_unavailable_time: 'ms from being elected to serving',
  follower_sync_time: 'ms to bring a follower up to date',
  observer_sync_time: 'ms to bring an observer up to date',
  inflight_snap_count: 'snapshots on their way to followers when another began',
  inflight_diff_count: 'followers catching up by entries when another began',
  node_created_watch_count: 'watches fired by a created node',
  node_deleted_watch_count: 'watches fired by a deleted node',
  node_changed_watch_count: 'watches fired by a change of data',
  node_children_watch_count: 'watches fired by a change of a list of children',
} as const;

/** Summaries of which percentiles matter too. */
export const PERCENTILE_SUMMARIES = {
  readlatency: 'ms to answer a read',
  updatelatency: 'ms to answer a write',
  propagation_latency: 'ms from proposing an entry to applying it here',
  proposal_latency: 'ms from proposing an entry to sending it',
  quorum_ack_latency: 'ms from proposing an entry to its being held by a majority',
  commit_propagation_latency: 'ms from committing an entry to applying it here',
  proposal_ack_creation_latency: 'ms from receiving an entry to confirming it',
} as const;

/** The name of a counter. */
export type CounterName = keyof typeof COUNTERS;

/** The name of a summary, with or without percentiles. */
export type SummaryName = keyof typeof SUMMARIES | keyof typeof PERCENTILE_SUMMARIES;
