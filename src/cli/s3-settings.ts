import { resolve } from 'node:path';
import { parseS3Url, type S3Credentials, type StoreLocation } from '../store/store-location.ts';

/** Amazon's first region, which other stores take for any. */
const REGION_DEFAULT = 'us-east-1';

/** What the command line and the configuration say about the deep store. */
export interface StoreSettings {
  /** A folder or `s3://bucket/prefix`; absent for wherever it is. */
  readonly deepStore?: string | undefined;
  /** Absent for Amazon's of the region. */
  readonly s3Endpoint?: string | undefined;
  readonly s3Region?: string | undefined;
}

/**
 * Where an operator wants the deep store.
 *
 * @throws EngineError BAD_REQUEST when it cannot be a place of one.
 */
export function storeLocationOf(settings: StoreSettings): StoreLocation | undefined {
  const { deepStore, s3Endpoint, s3Region = REGION_DEFAULT } = settings;
  if (deepStore === undefined) return undefined;
  if (deepStore.startsWith('s3:')) return parseS3Url(deepStore, s3Region, s3Endpoint);
  return { kind: 'folder', directory: resolve(deepStore) };
}

/**
 * Credentials for a bucket, from the variables that Amazon's tools read. They stay in this process:
 * neither the coordinator's tree nor a log ever has them.
 */
export function s3Credentials(
  environment: Readonly<Record<string, string | undefined>>,
): S3Credentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_SESSION_TOKEN: sessionToken = '',
  } = environment;
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== '' && { sessionToken }) };
}
