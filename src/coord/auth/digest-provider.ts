import { decodeUtf8, encodeUtf8, equalBytes } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import type { Digests, HashAlgorithm } from '../../io/digest.ts';
import type { AuthenticationProvider } from './provider.ts';
import { encodeBase64 } from './text-codes.ts';

/** Java's names of the algorithms. */
const ALGORITHMS: ReadonlyMap<string, HashAlgorithm> = new Map([
  ['SHA1', 'sha1'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
  ['MD5', 'md5'],
]);

/** The settings of `DigestAuthenticationProvider`. */
export interface DigestSettings {
  /** `superDigest`: the identity `super:base64` whose password opens everything (default nobody's). */
  readonly superDigest?: string;
  /** `digestAlg`: SHA1, SHA-256, SHA-384, SHA-512 or MD5 (default SHA1). */
  readonly digestAlgorithm?: string;
}

/**
 * The scheme `digest`: clients send `user:password`, and are `user:base64(sha1("user:password"))`.
 * Anybody may claim any password; an access list that holds the identity knows the right one.
 *
 * @throws EngineError NOT_SUPPORTED for an algorithm that is not built.
 */
export function digestProvider(
  digests: Digests,
  settings: DigestSettings = {},
): AuthenticationProvider {
  const algorithm = algorithmOf(settings.digestAlgorithm ?? 'SHA1');
  const superDigest = settings.superDigest === undefined ? null : encodeUtf8(settings.superDigest);
  return {
    scheme: 'digest',
    identify: () => [],
    verify: (_peer, auth) => {
      const text = auth === null ? null : textOf(auth);
      if (auth === null || text === null) return null;
      const user = text.split(':', 1)[0]!;
      const id = `${user}:${encodeBase64(digests.hash(algorithm, auth))}`;
      const identity = { scheme: 'digest', id };
      const isSuper = superDigest !== null && equalBytes(encodeUtf8(id), superDigest);
      return isSuper ? [{ scheme: 'super', id: '' }, identity] : [identity];
    },
  };
}

function algorithmOf(name: string): HashAlgorithm {
  const algorithm = ALGORITHMS.get(name.toUpperCase());
  if (algorithm !== undefined) return algorithm;
  const names = [...ALGORITHMS.keys()];
  throw new EngineError(
    'NOT_SUPPORTED',
    `coord: digestAlg: expected one of ${names.join(', ')}, ` +
      `found '${name}'${didYouMean(name, names)}`,
  );
}

function textOf(auth: Uint8Array): string | null {
  try {
    return decodeUtf8(auth, 'coord: digest');
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return null;
  }
}
