import { decodeUtf8 } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import type { TlsIdentity } from './network.ts';

/** A key store or trust store as ZooKeeper's `ssl.*` keys name them: a file and its password. */
export interface TlsStore {
  /** For errors. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Empty for none. */
  readonly password: string;
}

const JAVA_KEY_STORE_MAGIC = 0xfeed_feed;
const PEM_BEGIN = '-----BEGIN ';
const SEQUENCE_TAG = 0x30;

/**
 * The certificate and private key in a key store: PEM with both, or PKCS #12.
 *
 * @throws EngineError NOT_SUPPORTED for Java's own format, BAD_REQUEST for anything else.
 */
export function identityOfStore(store: TlsStore): TlsIdentity {
  const { bytes, password } = store;
  const secret = password === '' ? {} : { passphrase: password };
  if (formatOf(store) === 'PKCS12') return { kind: 'pkcs12', bytes, ...secret };
  const text = decodeUtf8(bytes, `tls: ${store.path}`);
  return { kind: 'pem', certificateChain: text, privateKey: text, ...secret };
}

/**
 * The certificates in a trust store, as PEM.
 *
 * @throws EngineError NOT_SUPPORTED for formats other than PEM, BAD_REQUEST when it is none.
 */
export function authoritiesOfStore(store: TlsStore): string {
  if (formatOf(store) === 'PEM') return decodeUtf8(store.bytes, `tls: ${store.path}`);
  throw new EngineError(
    'NOT_SUPPORTED',
    `tls: ${store.path}: expected PEM, found PKCS12, which is not supported for trust stores; ` +
      'convert it with openssl pkcs12 -nokeys',
  );
}

function formatOf({ path, bytes }: TlsStore): 'PEM' | 'PKCS12' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4 && view.getUint32(0) === JAVA_KEY_STORE_MAGIC) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `tls: ${path}: expected PEM or PKCS12, found JKS, which is not supported; ` +
        'convert it with keytool -importkeystore -deststoretype PKCS12',
    );
  }
  if (bytes[0] === SEQUENCE_TAG) return 'PKCS12';
  if (new TextDecoder('latin1').decode(bytes).includes(PEM_BEGIN)) return 'PEM';
  throw new EngineError(
    'BAD_REQUEST',
    `tls: ${path}: expected PEM or PKCS12, found neither; check the path`,
  );
}
