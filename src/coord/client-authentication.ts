import { ByteWriter, encodeUtf8 } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import type { Digests } from '../io/digest.ts';
import type { Random } from '../io/random.ts';
import { DigestMd5Client } from './auth/digest-md5.ts';
import { errorOfNumber } from './client-errors.ts';
import type { ClientLink } from './client-link.ts';
import type { Result } from './core/model.ts';
import { encodeRequest, type RawAuthRequest, type RawSaslRequest } from './zk/requests.ts';

/** What a client shows of itself: for the scheme `digest` the text `user:password`. */
export interface AuthInfo {
  readonly scheme: string;
  readonly auth: string;
}

/** A user of SASL DIGEST-MD5. */
export interface SaslInfo {
  readonly user: string;
  readonly password: string;
  readonly digests: Digests;
}

/**
 * Tells a server who the client is, over a link on which nothing else has been sent yet.
 *
 * @throws EngineError AUTH_FAILED when the server does not believe it, or does not prove itself in
 *   SASL; CONNECTION_LOSS when it hung up.
 */
export async function authenticate(
  link: ClientLink,
  options: {
    readonly random: Random;
    readonly auth?: readonly AuthInfo[];
    readonly sasl?: SaslInfo;
  },
): Promise<void> {
  const { random, sasl, auth = [] } = options;
  if (sasl !== undefined) await negotiate(link, random, sasl);
  for (const info of auth) {
    await call(link, { kind: 'authRaw', scheme: info.scheme, auth: encodeUtf8(info.auth) });
  }
}

async function negotiate(link: ClientLink, random: Random, sasl: SaslInfo): Promise<void> {
  const { digests, user, password } = sasl;
  const client = new DigestMd5Client({ digests, random }, user, password);
  const challenge = await exchangeToken(link, new Uint8Array());
  const last = await exchangeToken(link, client.respond(challenge));
  client.check(last);
}

async function exchangeToken(link: ClientLink, token: Uint8Array): Promise<Uint8Array> {
  const result = await call(link, { kind: 'saslRaw', token });
  return (result.kind === 'token' ? result.token : null) ?? new Uint8Array();
}

async function call(link: ClientLink, request: RawAuthRequest | RawSaslRequest): Promise<Result> {
  if (link.isClosed) throw new EngineError('CONNECTION_LOSS', 'coord: the server hung up');
  const writer = new ByteWriter();
  const opCode = encodeRequest(writer, request);
  const body = writer.finish();
  const result = await new Promise<Result>((resolve, reject) => {
    link.send({ request, opCode, body, resolve, reject });
  });
  if (result.kind === 'error') throw errorOfNumber(result.error, 'authentication');
  return result;
}
