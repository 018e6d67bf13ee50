import { X509Certificate } from 'node:crypto';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** A certificate in DER, and who issued it; a root is its own issuer. As Node's tls hands it out. */
export interface PeerChain {
  readonly raw: Uint8Array;
  readonly issuerCertificate?: PeerChain;
}

/**
 * Whether a certificate that OpenSSL has accepted is signed, directly or through others that the
 * peer sent, by one of the authorities in a PEM text.
 *
 * Needed beside a PKCS #12 identity only: Node trusts all the certificates in such a file, so the
 * public authority that signed a server's own certificate could sign clients in as well.
 */
export function leadsToAuthority(peer: PeerChain, authorities: string): boolean {
  const trusted = authorities.match(PEM_CERTIFICATE)?.map((pem) => new X509Certificate(pem)) ?? [];
  let { issuerCertificate } = peer;
  let certificate = new X509Certificate(peer.raw);
  while (true) {
    const signedByTrusted = trusted.some((authority) => isSignedBy(certificate, authority));
    if (signedByTrusted) return true;
    if (issuerCertificate === undefined) return false;
    const issuer = new X509Certificate(issuerCertificate.raw);
    const isRoot = issuer.fingerprint256 === certificate.fingerprint256;
    if (isRoot || !isSignedBy(certificate, issuer)) return false;
    certificate = issuer;
    issuerCertificate = issuerCertificate.issuerCertificate;
  }
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
