import { describe, expect, it } from 'vitest';
import { endpointAddress, parseS3Url, storeText } from '../../src/store/store-location.ts';

describe('where a deep store is', () => {
  it.each([
    ['s3://nyala', '', 's3://nyala at https://s3.eu-west-1.amazonaws.com'],
    ['s3://nyala/', '', 's3://nyala at https://s3.eu-west-1.amazonaws.com'],
    [
      's3://nyala/a/b_c.d-1/',
      'a/b_c.d-1',
      's3://nyala/a/b_c.d-1 at https://s3.eu-west-1.amazonaws.com',
    ],
  ])('reads %s', (url, prefix, text) => {
    const location = parseS3Url(url, 'eu-west-1');
    expect(location).toMatchObject({ kind: 's3', bucket: 'nyala', prefix, region: 'eu-west-1' });
    expect(storeText(location)).toBe(text);
  });

  it('takes another endpoint, without a slash at its end', () => {
    const { endpoint } = parseS3Url('s3://nyala', 'us-east-1', 'http://127.0.0.1:9000/');
    expect(endpoint).toBe('http://127.0.0.1:9000');
    expect(storeText({ kind: 'folder', directory: '/data' })).toBe('/data');
  });

  it.each([
    's3:/nyala',
    's3://',
    's3://UPPER',
    's3://ab',
    's3://nyala/a b',
    's3://nyala/../x',
    's3://nyala/a//b',
    's3://nyala/a?b',
    's3://nyala/.hidden',
  ])('refuses %s', (url) => {
    expect(() => parseS3Url(url, 'us-east-1')).toThrow(/expected s3:\/\/bucket\/prefix/);
  });

  it.each([
    'ftp://host',
    'host:9000',
    'http://user:password@host',
    'http://host/path',
    'http://host/?query',
  ])('refuses the endpoint %s without repeating it, since it may hold a password', (endpoint) => {
    expect(() => parseS3Url('s3://nyala', 'us-east-1', endpoint)).toThrow(
      /^store: expected an S3 endpoint like https:\/\/HOST:PORT without a path/,
    );
  });

  it.each([
    ['https://s3.example.com', 's3.example.com', 443, true],
    ['http://s3.example.com', 's3.example.com', 80, false],
    ['http://[::1]:9000', '::1', 9000, false],
  ])('calls %s', (endpoint, host, port, isEncrypted) => {
    const location = parseS3Url('s3://nyala', 'us-east-1', endpoint);
    expect(endpointAddress(location)).toEqual({ address: { host, port }, isEncrypted });
  });

  it('refuses a region that is none', () => {
    expect(() => parseS3Url('s3://nyala', 'us east')).toThrow(/expected a region/);
  });
});
