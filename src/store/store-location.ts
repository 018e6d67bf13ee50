import { EngineError } from '../base/errors.ts';
import type { Address } from '../io/network.ts';

/** Where a deep store is; plain data without secrets, so that the coordinator's tree may hold it. */
export type StoreLocation = FolderLocation | S3Location;

/** A folder that the controller, and servers on the same disk, see. */
export interface FolderLocation {
  readonly kind: 'folder';
  /** An absolute path. */
  readonly directory: string;
}

/** A part of a bucket that speaks S3. */
export interface S3Location {
  readonly kind: 's3';
  /** Scheme, host and port: `https://s3.eu-west-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** What all names of objects begin with, without a slash at its end; empty for none. */
  readonly prefix: string;
}

/** Who asks a bucket. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

const URL_PATTERN = /^s3:\/\/([^/]+)(?:\/(.*?))?\/?$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$/;
const REGION = /^[a-z0-9-]{1,64}$/;

/**
 * Reads `s3://bucket/prefix`.
 *
 * @param endpoint scheme, host and port (default: Amazon's of the region).
 * @throws EngineError BAD_REQUEST when a part is none.
 */
export function parseS3Url(url: string, region: string, endpoint?: string): S3Location {
  const [, bucket = '', prefix = ''] = URL_PATTERN.exec(url) ?? [];
  if (!BUCKET.test(bucket) || !PREFIX.test(prefix)) {
    throw new EngineError(
      'BAD_REQUEST',
      'store: expected s3://bucket/prefix, a bucket of 3 to 63 lower-case letters, digits, . and - ' +
        `and a prefix of letters, digits, ., _, - and /; found ${JSON.stringify(url.slice(0, 200))}`,
    );
  }
  if (!REGION.test(region)) {
    const found = JSON.stringify(region.slice(0, 80));
    throw new EngineError('BAD_REQUEST', `store: expected a region like us-east-1, found ${found}`);
  }
  const origin = parseEndpoint(endpoint ?? `https://s3.${region}.amazonaws.com`);
  return { kind: 's3', endpoint: origin, region, bucket, prefix };
}

/** Names a deep store in messages. */
export function storeText(location: StoreLocation): string {
  if (location.kind === 'folder') return location.directory;
  const { endpoint, bucket, prefix } = location;
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`} at ${endpoint}`;
}

/** Whom to call for a bucket, and whether by HTTPS. */
export function endpointAddress({ endpoint }: S3Location): {
  readonly address: Address;
  readonly isEncrypted: boolean;
} {
  const { hostname, port, protocol } = new URL(endpoint);
  const isEncrypted = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return { address: { host, port: Number(port || (isEncrypted ? 443 : 80)) }, isEncrypted };
}

function parseEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const isPlain = url !== null && url.pathname === '/' && url.search === '' && url.username === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return url.origin;
  throw new EngineError(
    'BAD_REQUEST',
    'store: expected an S3 endpoint like https://HOST:PORT without a path, a query or a user name',
  );
}
