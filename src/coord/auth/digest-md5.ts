import { encodeUtf8, equalBytes } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import type { Digests } from '../../io/digest.ts';
import type { Random } from '../../io/random.ts';
import { parseDirectives, quoted } from './directives.ts';
import { encodeBase64, encodeHex } from './text-codes.ts';

/*
 * SASL DIGEST-MD5 (RFC 2831) with qop=auth, as ZooKeeper's clients speak it. One round trip and a
 * half: the client's empty token, our challenge, its response, our proof that we know the password.
 */

/** What ZooKeeper's servers and clients agree on without asking. */
const REALM = 'zk-sasl-md5';
const DIGEST_URI = `zookeeper/${REALM}`;
const NONCE_BYTES = 32;
const FIRST_USE = '00000001';

/** What both sides hash. */
export interface DigestMd5Proof {
  readonly user: string;
  /** As whom the user wants to act: Java's client says it, and it is the user. Null when unsaid. */
  readonly actingAs: string | null;
  readonly realm: string;
  readonly password: string;
  readonly nonce: string;
  readonly clientNonce: string;
  readonly digestUri: string;
  /** False for clients that say nothing about UTF-8: then texts are ISO 8859-1. */
  readonly isUtf8: boolean;
}

/** The server's answer to a client's token. `user` comes with the last one. */
export interface SaslStep {
  readonly token: Uint8Array;
  readonly user: string | null;
}

/** The server's side of one negotiation. A new one is needed for every attempt. */
export class DigestMd5Server {
  readonly #digests: Digests;
  readonly #users: ReadonlyMap<string, string>;
  readonly #nonce: string;
  readonly #noPassword: string;
  #state: 'new' | 'challenged' | 'over' = 'new';

  /** @param users passwords by name. */
  constructor(host: { digests: Digests; random: Random }, users: ReadonlyMap<string, string>) {
    this.#digests = host.digests;
    this.#users = users;
    this.#nonce = encodeBase64(host.random.bytes(NONCE_BYTES));
    this.#noPassword = encodeBase64(host.random.bytes(NONCE_BYTES));
  }

  /** The next step, or null when the client has failed; then the negotiation is over. */
  answer(token: Uint8Array): SaslStep | null {
    const state = this.#state;
    this.#state = state === 'new' ? 'challenged' : 'over';
    if (state === 'new' && token.length === 0) {
      const nonce = quoted(this.#nonce);
      const text = `realm="${REALM}",nonce=${nonce},charset=utf-8,algorithm=md5-sess`;
      return { token: encodeUtf8(text), user: null };
    }
    if (state === 'challenged') return this.#verify(token);
    this.#state = 'over';
    return null;
  }

  #verify(token: Uint8Array): SaslStep | null {
    const directives = parseDirectives(token);
    if (directives === null) return null;
    const proof = this.#claimedProof(directives);
    const response = directives.get('response');
    if (proof === null || response === undefined) return null;
    // A user who does not exist takes as long to refuse as a wrong password.
    const expected = digestMd5Response(this.#digests, proof, 'AUTHENTICATE');
    const isRight = equalBytes(encodeUtf8(response), encodeUtf8(expected));
    if (!isRight || !this.#users.has(proof.user)) return null;
    const serverProof = digestMd5Response(this.#digests, proof, '');
    return { token: encodeUtf8(`rspauth=${serverProof}`), user: proof.user };
  }

  #claimedProof(directives: ReadonlyMap<string, string>): DigestMd5Proof | null {
    const user = directives.get('username') ?? '';
    const nonce = directives.get('nonce') ?? '';
    const digestUri = directives.get('digest-uri') ?? '';
    const clientNonce = directives.get('cnonce') ?? '';
    const isAsAgreed =
      user !== '' &&
      clientNonce !== '' &&
      equalBytes(encodeUtf8(nonce), encodeUtf8(this.#nonce)) &&
      directives.get('realm') === REALM &&
      directives.get('nc') === FIRST_USE &&
      (directives.get('qop') ?? 'auth') === 'auth' &&
      (directives.get('charset') ?? 'utf-8') === 'utf-8' &&
      (directives.get('authzid') ?? user) === user &&
      digestUri.toLowerCase() === DIGEST_URI;
    if (!isAsAgreed) return null;
    const password = this.#users.get(user) ?? this.#noPassword;
    const isUtf8 = directives.has('charset');
    const actingAs = directives.get('authzid') ?? null;
    return { user, actingAs, realm: REALM, password, nonce, clientNonce, digestUri, isUtf8 };
  }
}

/** The client's side of one negotiation. */
export class DigestMd5Client {
  readonly #digests: Digests;
  readonly #clientNonce: string;
  readonly #user: string;
  readonly #password: string;
  #proof: DigestMd5Proof | null = null;

  constructor(host: { digests: Digests; random: Random }, user: string, password: string) {
    this.#digests = host.digests;
    this.#clientNonce = encodeBase64(host.random.bytes(NONCE_BYTES));
    this.#user = user;
    this.#password = password;
  }

  /** The response to the server's challenge. @throws EngineError AUTH_FAILED when it is none. */
  respond(challenge: Uint8Array): Uint8Array {
    const directives = parseDirectives(challenge);
    const nonce = directives?.get('nonce');
    if (directives === null || nonce === undefined) {
      throw new EngineError('AUTH_FAILED', 'coord: sasl: expected a DIGEST-MD5 challenge');
    }
    const proof = {
      user: this.#user,
      actingAs: null,
      realm: directives.get('realm') ?? '',
      password: this.#password,
      nonce,
      clientNonce: this.#clientNonce,
      digestUri: DIGEST_URI,
      isUtf8: directives.get('charset') === 'utf-8',
    };
    this.#proof = proof;
    const fields = [
      ...(proof.isUtf8 ? ['charset=utf-8'] : []),
      `username=${quoted(proof.user)}`,
      `realm=${quoted(proof.realm)}`,
      `nonce=${quoted(nonce)}`,
      `nc=${FIRST_USE}`,
      `cnonce=${quoted(proof.clientNonce)}`,
      `digest-uri=${quoted(DIGEST_URI)}`,
      `response=${digestMd5Response(this.#digests, proof, 'AUTHENTICATE')}`,
      'qop=auth',
    ];
    return encodeUtf8(fields.join(','));
  }

  /** @throws EngineError AUTH_FAILED when the server has not proved that it knows the password. */
  check(last: Uint8Array): void {
    const claimed = parseDirectives(last)?.get('rspauth') ?? '';
    const expected =
      this.#proof === null ? null : digestMd5Response(this.#digests, this.#proof, '');
    if (expected === null || !equalBytes(encodeUtf8(claimed), encodeUtf8(expected))) {
      throw new EngineError(
        'AUTH_FAILED',
        'coord: sasl: expected the server to prove that it knows the password; it did not',
      );
    }
  }
}

/**
 * RFC 2831, section 2.1.2.1.
 *
 * @param method `AUTHENTICATE` for the client's response, the empty text for the server's.
 */
export function digestMd5Response(digests: Digests, proof: DigestMd5Proof, method: string): string {
  const { user, actingAs, realm, password, nonce, clientNonce, digestUri, isUtf8 } = proof;
  const md5Hex = (text: string): string => encodeHex(digests.hash('md5', encodeUtf8(text)));
  const parts = [user, realm, password].map((text) => hashedBytes(text, isUtf8));
  const secret = digests.hash('md5', joined(parts, ':'));
  const suffix = [nonce, clientNonce, ...(actingAs === null ? [] : [actingAs])].map(encodeUtf8);
  const a1 = joined([secret, ...suffix], ':');
  const a1Hex = encodeHex(digests.hash('md5', a1));
  const a2Hex = md5Hex(`${method}:${digestUri}`);
  return md5Hex(`${a1Hex}:${nonce}:${FIRST_USE}:${clientNonce}:auth:${a2Hex}`);
}

// Even a client that speaks UTF-8 hashes a text in ISO 8859-1 if that has all its characters.
function hashedBytes(text: string, isUtf8: boolean): Uint8Array {
  const isLatin = [...text].every((character) => character.codePointAt(0)! < 256);
  if (isUtf8 && !isLatin) return encodeUtf8(text);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function joined(parts: readonly Uint8Array[], separator: string): Uint8Array {
  const separatorByte = separator.charCodeAt(0);
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (index > 0) bytes.push(separatorByte);
    bytes.push(...part);
  }
  return Uint8Array.from(bytes);
}
