import { afterEach, describe, expect, it } from 'vitest';
import type { TcpListener } from '../../src/io/network.ts';
import { authoritiesOfStore, identityOfStore } from '../../src/io/tls-store.ts';
import { ALICE, ask, certificateFile, echo, MUTUAL } from './tls-harness.ts';

function store(path: string, password = '') {
  return { path, bytes: certificateFile(path), password };
}

describe('the key stores and trust stores of ZooKeeper', () => {
  let listener: TcpListener | null = null;
  afterEach(() => listener?.close());

  it('are taken as PEM and as PKCS #12', async () => {
    const authorities = authoritiesOfStore(store('authority.pem'));
    ({ listener } = await echo({ tls: { ...MUTUAL, authorities } }));
    const both = Buffer.concat([
      certificateFile('client.pem'),
      certificateFile('client-encrypted.key.pem'),
    ]);
    for (const keyStore of [
      store('client.p12', 'secret'),
      { path: 'both.pem', bytes: both, password: 'secret' },
    ]) {
      const identity = identityOfStore(keyStore);
      expect(await ask(listener, 'x', { ...ALICE, identity })).toBe('x');
    }
  });

  it('are refused by name in other formats', () => {
    const jks = store('store.jks', 'secret');
    const notSupported = (found: string) =>
      expect.objectContaining({ code: 'NOT_SUPPORTED', message: expect.stringContaining(found) });
    expect(() => identityOfStore(jks)).toThrow(notSupported('found JKS'));
    expect(() => authoritiesOfStore(jks)).toThrow(notSupported('found JKS'));
    expect(() => authoritiesOfStore(store('client.p12'))).toThrow(notSupported('found PKCS12'));
    for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3)]) {
      const other = { path: 'other', bytes, password: '' };
      expect(() => identityOfStore(other)).toThrow(/other: expected PEM or PKCS12, found neither/);
    }
  });
});
