/*
 * Limits of what a controller takes on, beside those of `limits.ts`.
 */

/** Files that a controller takes and builds segments of at the same time: one is built, one is received. */
export const INGESTIONS_MAX = 2;

/** Files that wait for that; their bytes stay with whoever sends them. */
export const INGESTIONS_WAITING_MAX = 8;

/** The longest wait for that which is begun: clients give up some time later. */
export const INGESTION_WAIT_MS_MAX = 30_000;

/** Time without a job after which a controller's thread for building segments ends: it gives its memory back. */
export const BUILD_THREAD_IDLE_MS = 30_000;

/** Objects that are removed from the deep store at a time: their names are in a node meanwhile. */
export const REMOVED_OBJECTS_MAX = 200;
