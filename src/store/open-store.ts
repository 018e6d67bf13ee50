import { EngineError } from '../base/errors.ts';
import type { Clock } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import type { Network } from '../io/network.ts';
import type { Random } from '../io/random.ts';
import { openFolderStore } from './folder-store.ts';
import { openS3Store } from './s3-store.ts';
import type { SegmentStore } from './segment-store.ts';
import {
  endpointAddress,
  type S3Credentials,
  type StoreLocation,
  storeText,
} from './store-location.ts';

/** What stores are reached with. */
export interface StoreParts {
  readonly disk: Disk;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** For a bucket; absent when this process was given none. */
  readonly s3Credentials?: S3Credentials | undefined;
}

/** A store, and how to let go of its connections. */
export interface OpenStore extends SegmentStore {
  readonly location: StoreLocation;
  close(): Promise<void>;
}

/**
 * Opens the deep store at a location. Nothing is asked of a bucket yet.
 *
 * @throws EngineError BAD_REQUEST for a bucket without credentials, IO for a folder that cannot be.
 */
export async function openStore(location: StoreLocation, parts: StoreParts): Promise<OpenStore> {
  if (location.kind === 'folder') {
    const store = await openFolderStore(parts.disk, location.directory);
    return { ...store, location, close: async () => {} };
  }
  const { s3Credentials: credentials, network, clock, random } = parts;
  if (credentials === undefined) {
    throw new EngineError(
      'BAD_REQUEST',
      `store: ${storeText(location)} needs credentials; set AWS_ACCESS_KEY_ID and ` +
        'AWS_SECRET_ACCESS_KEY for this process',
    );
  }
  const { address, isEncrypted } = endpointAddress(location);
  const http = network.httpClient(address, { isEncrypted });
  return {
    ...openS3Store({ location, credentials, http, clock, random }),
    location,
    close: () => http.close(),
  };
}
