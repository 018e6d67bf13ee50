import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import type { Digests } from '../../io/digest.ts';
import type { Random } from '../../io/random.ts';
import type { Identity } from '../core/model.ts';
import { ipProvider, x509Provider } from './connection-providers.ts';
import { DigestMd5Server } from './digest-md5.ts';
import { type DigestSettings, digestProvider } from './digest-provider.ts';
import type { AuthenticationProvider, Peer } from './provider.ts';

/** How clients of a coordinator prove who they are. Everything is ZooKeeper's default when absent. */
export interface AuthenticationSettings {
  /** Null turns the scheme `digest` off. */
  readonly digest?: DigestSettings | null;
  /** `X509AuthenticationProvider.superUser`: the subject to whom everything is open. */
  readonly x509SuperUser?: string;
  /** Passwords by name for SASL DIGEST-MD5; absent when the server does not speak SASL. */
  readonly saslUsers?: ReadonlyMap<string, string>;
  /** `zookeeper.superUser`: SASL users to whom everything is open. */
  readonly saslSuperUsers?: readonly string[];
  /** `allowSaslFailedClients`: they may go on as nobody (default false). */
  readonly isSaslFailureTolerated?: boolean;
  /**
   * `enforce.auth.schemes`: a client must be somebody by one of them before it may ask for
   * anything; `sessionRequireClientSASLAuth` is the same with `sasl` alone (default: need not).
   */
  readonly requiredSchemes?: readonly string[];
}

/** What came of a client's SASL token. */
export interface SaslAnswer {
  /** The next token for the client. */
  readonly token: Uint8Array | null;
  /** Who the client has proved to be; empty before the last step. */
  readonly identities: readonly Identity[];
  readonly isRefused: boolean;
}

/** Who one client is: asked by its connection, which has it from `Authentication.connect`. */
export interface Authenticator {
  /** Who the client is by its connection alone. */
  readonly initial: readonly Identity[];
  /** True when it may ask for something; false until it is somebody by a scheme that is required. */
  readonly isSufficient: boolean;
  /** True when nothing but SASL makes it sufficient: then its refusals say so. */
  readonly isSaslRequired: boolean;
  /** An auth request: who the client now is besides, or null when it has failed. */
  authenticate(scheme: string, auth: Uint8Array | null): readonly Identity[] | null;
  /** A SASL request. */
  negotiate(token: Uint8Array | null): SaslAnswer;
}

/**
 * The ways to authenticate at one server. `world` needs no proof and `sasl` has requests of its own,
 * so neither is among the providers.
 */
export class Authentication {
  readonly #host: { readonly digests: Digests; readonly random: Random };
  readonly #settings: AuthenticationSettings;
  readonly #providers: ReadonlyMap<string, AuthenticationProvider>;

  /** @throws EngineError BAD_REQUEST when a required scheme is none of this server's. */
  constructor(
    host: { readonly digests: Digests; readonly random: Random },
    settings: AuthenticationSettings = {},
  ) {
    this.#host = host;
    this.#settings = settings;
    const { digest = {}, x509SuperUser = null, saslUsers, requiredSchemes = [] } = settings;
    const providers = [ipProvider, x509Provider(x509SuperUser)];
    if (digest !== null) providers.push(digestProvider(host.digests, digest));
    this.#providers = new Map(providers.map((provider) => [provider.scheme, provider]));
    const schemes = [...this.#providers.keys(), ...(saslUsers === undefined ? [] : ['sasl'])];
    for (const scheme of requiredSchemes) {
      if (schemes.includes(scheme)) continue;
      throw new EngineError(
        'BAD_REQUEST',
        `coord: enforce.auth.schemes: expected some of ${schemes.join(', ')}, ` +
          `found '${scheme}'${didYouMean(scheme, schemes)}`,
      );
    }
  }

  /** Judges one new connection. */
  connect(peer: Peer): Authenticator {
    return new ConnectionAuthenticator(this.#host, this.#settings, this.#providers, peer);
  }
}

class ConnectionAuthenticator implements Authenticator {
  readonly initial: readonly Identity[];
  readonly isSaslRequired: boolean;
  readonly #host: { readonly digests: Digests; readonly random: Random };
  readonly #settings: AuthenticationSettings;
  readonly #providers: ReadonlyMap<string, AuthenticationProvider>;
  readonly #peer: Peer;
  #negotiation: DigestMd5Server | null = null;
  #isSufficient: boolean;

  constructor(
    host: { readonly digests: Digests; readonly random: Random },
    settings: AuthenticationSettings,
    providers: ReadonlyMap<string, AuthenticationProvider>,
    peer: Peer,
  ) {
    this.#host = host;
    this.#settings = settings;
    this.#providers = providers;
    this.#peer = peer;
    const { requiredSchemes = [] } = settings;
    this.isSaslRequired = requiredSchemes.includes('sasl');
    this.#isSufficient = requiredSchemes.length === 0;
    this.initial = this.#grant([...providers.values()].flatMap((one) => one.identify(peer)));
  }

  get isSufficient(): boolean {
    return this.#isSufficient;
  }

  authenticate(scheme: string, auth: Uint8Array | null): readonly Identity[] | null {
    const identities = this.#providers.get(scheme)?.verify(this.#peer, auth) ?? null;
    return identities === null ? null : this.#grant(identities);
  }

  negotiate(token: Uint8Array | null): SaslAnswer {
    const { saslUsers, saslSuperUsers = [], isSaslFailureTolerated = false } = this.#settings;
    // As ZooKeeper without a login: an empty answer, which clients take for a failure.
    if (saslUsers === undefined) return { token: null, identities: [], isRefused: false };
    this.#negotiation ??= new DigestMd5Server(this.#host, saslUsers);
    const step = this.#negotiation.answer(token ?? new Uint8Array());
    if (step === null) {
      const isRefused = !isSaslFailureTolerated || this.isSaslRequired;
      return { token: null, identities: [], isRefused };
    }
    if (step.user === null) return { token: step.token, identities: [], isRefused: false };
    const identity = { scheme: 'sasl', id: step.user };
    const isSuper = saslSuperUsers.includes(step.user);
    const identities = isSuper ? [{ scheme: 'super', id: '' }, identity] : [identity];
    return { token: step.token, identities: this.#grant(identities), isRefused: false };
  }

  #grant(identities: readonly Identity[]): readonly Identity[] {
    const { requiredSchemes = [] } = this.#settings;
    this.#isSufficient ||= identities.some(({ scheme }) => requiredSchemes.includes(scheme));
    return identities;
  }
}
