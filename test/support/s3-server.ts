import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import type { S3Location } from '../../src/store/store-location.ts';

/** The one account that the server knows. */
export const S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/** A running S3 server with one bucket, `nyala`. */
export interface S3Server {
  readonly port: number;
  /** A part of the bucket, by default behind this server's own address. */
  location(prefix: string, port?: number): S3Location;
  close(): Promise<void>;
}

/** Starts a real S3 server over a folder of its own. */
export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-s3-'));
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: 'nyala' }],
  });
  const { port } = await server.run();
  return {
    port,
    location: (prefix, at = port) => ({
      kind: 's3',
      endpoint: `http://127.0.0.1:${at}`,
      region: 'us-east-1',
      bucket: 'nyala',
      prefix,
    }),
    close: async () => {
      const closed = server.close();
      server.httpServer.closeAllConnections();
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
