import type { AuthenticationProvider } from './provider.ts';

/** The scheme `ip`: the address that the client's socket has. */
export const ipProvider: AuthenticationProvider = {
  scheme: 'ip',
  identify: ({ host }) => (host === null ? [] : [{ scheme: 'ip', id: withoutZone(host) }]),
  verify: (peer) => (peer.host === null ? null : ipProvider.identify(peer)),
};

/**
 * The scheme `x509`: the subject of the certificate that the client showed in its TLS handshake.
 *
 * @param superUser the subject to whom everything is open, or null for none.
 */
export function x509Provider(superUser: string | null): AuthenticationProvider {
  const provider: AuthenticationProvider = {
    scheme: 'x509',
    identify: ({ certificateSubject: id }) => {
      if (id === null) return [];
      const identity = { scheme: 'x509', id };
      return id === superUser ? [{ scheme: 'super', id }, identity] : [identity];
    },
    verify: (peer) => (peer.certificateSubject === null ? null : provider.identify(peer)),
  };
  return provider;
}

// The interface that a link-local address belongs to is this machine's matter: fe80::1%eth0.
function withoutZone(host: string): string {
  return host.split('%', 1)[0]!;
}
