import { describe, expect, it } from 'vitest';
import { byteSizeText, parseByteSize } from '../../src/cli/byte-size.ts';
import { checkExposure } from '../../src/cli/exposure.ts';
import { portOf } from '../../src/cli/ports.ts';
import { coordinatorArgument, countArgument, loadArgument } from '../../src/cli/settings.ts';

describe('arguments', () => {
  it.each([
    ['4g', 4 * 1024 ** 3],
    ['512M', 512 * 1024 ** 2],
    ['1.5GB', 1.5 * 1024 ** 3],
    ['64KiB', 65_536],
    ['123', 123],
  ])('memory %s is %i bytes', (text, bytes) => expect(parseByteSize(text)).toBe(bytes));

  it.each(['', 'g', '-1g', '1x', '1e9', '4 gigs'])('memory %j is refused', (text) => {
    expect(() => parseByteSize(text)).toThrow('512m or 4g');
  });

  it('other machines are let in only when that is said', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) checkExposure(host, false);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.example.org']) {
      expect(() => checkExposure(host, false)).toThrow('--allow-remote');
      checkExposure(host, true);
    }
  });

  it('sizes are shown for people', () => {
    expect([0, 2048, 3.25 * 1024 ** 2].map(byteSizeText)).toEqual(['0 B', '2 KB', '3.3 MB']);
  });

  it('coordinators are hosts with ports, and a path below which the cluster lives', () => {
    expect(coordinatorArgument('a:2181,[::1]:2182/prod/x')).toEqual({
      addresses: [
        { host: 'a', port: 2181 },
        { host: '::1', port: 2182 },
      ],
      chroot: '/prod/x',
    });
    for (const text of ['', 'a', 'a:0', 'a:99999', 'a:1,', 'a b:1']) {
      expect(() => coordinatorArgument(text)).toThrow('HOST:PORT');
    }
  });

  it('files to load are gathered', () => {
    expect(loadArgument('t=a=b.csv', [{ table: 's', file: 'c' }])).toEqual([
      { table: 's', file: 'c' },
      { table: 't', file: 'a=b.csv' },
    ]);
    expect(() => loadArgument('t', [])).toThrow('TABLE=FILE');
    expect(() => loadArgument('=f', [])).toThrow('TABLE=FILE');
  });

  it('counts are whole numbers in their range', () => {
    expect(countArgument(0)('7')).toBe(7);
    for (const text of ['', '-1', '1.5', 'x'])
      expect(() => countArgument(0)(text)).toThrow('whole');
  });

  it('ports stay ports when shifted', () => {
    expect(portOf('broker', 100)).toBe(8199);
    expect(() => portOf('broker', 60_000)).toThrow('68099');
  });
});
