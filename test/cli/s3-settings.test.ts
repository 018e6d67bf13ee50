import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../src/cli/configuration.ts';
import { s3Credentials, storeLocationOf } from '../../src/cli/s3-settings.ts';
import { instancesOf } from '../../src/cli/topology.ts';

describe('where the deep store is', () => {
  it('is up to the cluster when nobody says', () => {
    expect(storeLocationOf({})).toBeUndefined();
  });

  it('is a folder, or a bucket of Amazon or of another', () => {
    const folder = { kind: 'folder', directory: resolve('segments') };
    expect(storeLocationOf({ deepStore: 'segments' })).toEqual(folder);
    expect(storeLocationOf({ deepStore: 's3://bucket/a' })).toEqual({
      ...{ kind: 's3', bucket: 'bucket', prefix: 'a', region: 'us-east-1' },
      endpoint: 'https://s3.us-east-1.amazonaws.com',
    });
    const other = { s3Endpoint: 'http://127.0.0.1:9000', s3Region: 'auto' };
    expect(storeLocationOf({ deepStore: 's3://bucket', ...other })).toMatchObject({
      ...{ endpoint: 'http://127.0.0.1:9000', region: 'auto', prefix: '' },
    });
    expect(() => storeLocationOf({ deepStore: 's3:/bucket' })).toThrow(/expected s3:\/\//);
  });

  it('goes from a topology to its controllers, and disk space to its servers', () => {
    const instances = instancesOf(
      parseConfiguration(
        'nyala.yaml',
        `
        controller: { deepStore: 's3://bucket/a', s3Endpoint: 'http://x:1', s3Region: eu }
        server: { diskCache: 1g }
        `,
      ),
    );
    const args = (name: string) => instances.find((one) => one.name === name)!.args.join(' ');
    expect(args('controller-1')).toContain(
      '--deep-store s3://bucket/a --s3-endpoint http://x:1 --s3-region eu',
    );
    expect(args('server-1')).toContain('--disk-cache 1073741824');
  });
});

describe('credentials', () => {
  it("come from the variables of Amazon's tools, and are none when a part is missing", () => {
    const [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY] = ['id', 'secret'];
    const both = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    expect(s3Credentials(both)).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
    expect(s3Credentials({ ...both, AWS_SESSION_TOKEN: 'token' })).toMatchObject({
      sessionToken: 'token',
    });
    expect(s3Credentials({ AWS_ACCESS_KEY_ID })).toBeUndefined();
    expect(s3Credentials({ ...both, AWS_ACCESS_KEY_ID: '' })).toBeUndefined();
  });
});
