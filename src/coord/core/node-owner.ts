/*
 * A node's `ephemeralOwner` says what kind of node it is, as in ZooKeeper's EphemeralType: 0 stays
 * until it is deleted, -2^63 is a container, a top byte of 0xff holds a time to live in its lowest
 * 40 bits, and everything else is the session that owns an ephemeral node. Node ids are at most 254,
 * so no session begins with 0xff.
 */

/** The longest time to live of a TTL node: 40 bits, about 34 years. */
export const TTL_MS_MAX = 2 ** 40 - 1;

/** The owner of container nodes. */
export const CONTAINER_OWNER = -(2n ** 63n);

const TTL_MARK = -(2n ** 56n);

/** The owner of nodes with this time to live, from 1 to `TTL_MS_MAX`. */
export function ttlOwner(ttlMs: number): bigint {
  return TTL_MARK | BigInt(ttlMs);
}

/** A TTL node's time to live, or null for nodes of other kinds. */
export function ttlMsOf(owner: bigint): number | null {
  return owner < 0n && owner >= TTL_MARK ? Number(owner - TTL_MARK) : null;
}

/** True when the owner is a session. */
export function isSession(owner: bigint): boolean {
  return owner !== 0n && owner !== CONTAINER_OWNER && ttlMsOf(owner) === null;
}
