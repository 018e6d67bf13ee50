/** The hash functions that the coordinator's protocols name. */
export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** Hash functions. Pure, yet an interface, because each platform brings its own. */
export interface Digests {
  /** The hash of the bytes: 16, 20, 32, 48 or 64 bytes. */
  hash(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array;
  /** RFC 2104 with SHA-256: 32 bytes. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
}
