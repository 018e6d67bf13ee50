/** ServerSessions' secret in ZooKeeper, the same in every installation (ZooKeeperServer). */
const SUPER_SECRET = 0xb3415c00n;
const PASSWORD_BYTES = 16;
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;

/**
 * The password that ZooKeeper gave to the client of a session: java.util.Random seeded with the id
 * and a constant. With it a client of the old ensemble goes on with its session here.
 */
export function zooKeeperPassword(sessionId: bigint): Uint8Array {
  const password = new Uint8Array(PASSWORD_BYTES);
  const view = new DataView(password.buffer);
  let seed = (BigInt.asUintN(64, sessionId) ^ SUPER_SECRET ^ MULTIPLIER) & MASK;
  for (let offset = 0; offset < PASSWORD_BYTES; offset += 4) {
    seed = (seed * MULTIPLIER + INCREMENT) & MASK;
    // nextBytes takes each int from its lowest byte on.
    view.setUint32(offset, Number(seed >> 16n), true);
  }
  return password;
}
