/** Randomness for ids, passwords and jitter. Keeps: bytes are fit for secrets in production. */
export interface Random {
  /** Fresh random bytes. */
  bytes(count: number): Uint8Array;
}

/** Random bytes as lower-case hexadecimal text. */
export function randomHex(random: Random, byteCount: number): string {
  return Array.from(random.bytes(byteCount), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
