/** Randomness for ids, passwords and jitter. Keeps: bytes are fit for secrets in production. */
export interface Random {
  /** Fresh random bytes. */
  bytes(count: number): Uint8Array;
}

/** Random bytes as lower-case hexadecimal text. */
export function randomHex(random: Random, byteCount: number): string {
  return Array.from(random.bytes(byteCount), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** 64 random bits as a signed number. */
export function randomBits(random: Random): bigint {
  return new DataView(random.bytes(8).slice().buffer).getBigInt64(0);
}

/** A random number from 0 up to 1, without it. */
export function randomFraction(random: Random): number {
  return new DataView(random.bytes(4).slice().buffer).getUint32(0) / 2 ** 32;
}

/** The items in random order (Fisher and Yates); what little bias the modulus brings does no harm. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = new DataView(random.bytes(4).slice().buffer).getUint32(0) % (last + 1);
    [result[last], result[chosen]] = [result[chosen]!, result[last]!];
  }
  return result;
}
