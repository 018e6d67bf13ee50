import { createHash, createHmac } from 'node:crypto';
import type { Digests } from './digest.ts';

/** The hash functions of Node's OpenSSL. */
export const nodeDigests: Digests = {
  hash: (algorithm, bytes) => new Uint8Array(createHash(algorithm).update(bytes).digest()),
  hmacSha256: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
};
