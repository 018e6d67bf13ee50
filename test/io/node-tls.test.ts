import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { TcpListenOptions } from '../../src/io/network.ts';
import { connectTcp, listenTcp } from '../../src/io/node-tcp.ts';
import { until } from '../coord/harness.ts';
import { ALICE, ask, echo, identity, MUTUAL, pem, pkcs12 } from './tls-harness.ts';

const REFUSED = { code: 'SERVER_UNAVAILABLE' };

describe('TLS of this machine', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function listen(options: TcpListenOptions) {
    const opened = await echo(options);
    closers.push(() => opened.listener.close());
    return opened;
  }

  it('encrypts and tells both who the other is', async () => {
    const { listener, accepted } = await listen({ tls: MUTUAL });
    expect(await ask(listener, 'hello', ALICE)).toBe('hello');
    expect(accepted[0]).toMatchObject({
      isEncrypted: true,
      peerCertificateSubject: 'CN=alice,O=Nyala\\, Inc.,C=DE',
      remote: { host: '127.0.0.1' },
    });
    const client = await connectTcp(listener.address, { tls: ALICE });
    expect(client).toMatchObject({ isEncrypted: true, peerCertificateSubject: 'CN=server' });
    client.destroy();
  });

  it('takes PKCS #12 files and encrypted private keys', async () => {
    const { listener, accepted } = await listen({ tls: MUTUAL });
    expect(await ask(listener, 'a', { ...ALICE, identity: pkcs12('client') })).toBe('a');
    const certificateChain = pem('client');
    const privateKey = pem('client-encrypted.key');
    const encrypted = { kind: 'pem', certificateChain, privateKey, passphrase: 'secret' } as const;
    expect(await ask(listener, 'b', { ...ALICE, identity: encrypted })).toBe('b');
    expect(accepted.map((connection) => connection.peerCertificateSubject)).toEqual(
      Array(2).fill('CN=alice,O=Nyala\\, Inc.,C=DE'),
    );
  });

  it('cuts off clients without a certificate, or with one of a stranger', async () => {
    const { listener, accepted } = await listen({ tls: MUTUAL });
    const { identity: _, ...anonymous } = ALICE;
    const stranger = { ...ALICE, identity: identity('stranger') };
    for (const tls of [anonymous, stranger]) {
      // With TLS 1.3 a client only learns of the refusal when it hears nothing back.
      expect(await ask(listener, 'x', tls).catch(() => null)).toBeNull();
    }
    expect(accepted).toEqual([]);
    await until('both are counted', () => listener.failedHandshakeCount === 2);
  });

  it('lets clients without a certificate in where it is optional, but no forged one', async () => {
    const { listener, accepted } = await listen({ tls: { ...MUTUAL, clientCertificate: 'want' } });
    const { identity: _, ...anonymous } = ALICE;
    expect(await ask(listener, 'x', anonymous)).toBe('x');
    expect(accepted[0]).toMatchObject({ isEncrypted: true, peerCertificateSubject: null });
    const stranger = { ...ALICE, identity: identity('stranger') };
    expect(await ask(listener, 'x', stranger).catch(() => null)).toBeNull();
    expect(accepted.length).toBe(1);
    expect(listener.failedHandshakeCount).toBe(1);
  });

  it('does not trust the authority in a PKCS #12 file for the other side', async () => {
    const ours = { ...MUTUAL, identity: pkcs12('stranger') };
    const { listener, accepted } = await listen({ tls: ours });
    const byStranger = { authorities: pem('stranger-authority'), serverName: 'localhost' };
    const forged = { ...byStranger, identity: identity('stranger') };
    expect(await ask(listener, 'x', forged).catch(() => null)).toBeNull();
    expect(accepted).toEqual([]);
    expect(await ask(listener, 'x', { ...byStranger, identity: identity('client') })).toBe('x');
    const deceived = { ...ALICE, serverName: 'localhost', identity: pkcs12('stranger') };
    await expect(connectTcp(listener.address, { tls: deceived })).rejects.toMatchObject({
      message: expect.stringContaining('no authority vouches'),
    });
  });

  it('believes no server of another authority and none with another name', async () => {
    const stranger = await listen({ tls: { ...MUTUAL, identity: identity('stranger') } });
    const call = { ...ALICE, serverName: 'localhost' };
    await expect(connectTcp(stranger.listener.address, { tls: call })).rejects.toMatchObject(
      REFUSED,
    );
    const elsewhere = await listen({ tls: { ...MUTUAL, identity: identity('elsewhere') } });
    for (const serverName of ['localhost', '127.0.0.1', 'elsewhere']) {
      const tls = { ...ALICE, serverName };
      await expect(connectTcp(elsewhere.listener.address, { tls })).rejects.toMatchObject(REFUSED);
    }
    expect(elsewhere.accepted).toEqual([]);
    const named = { ...ALICE, serverName: 'elsewhere.example' };
    expect(await ask(elsewhere.listener, 'x', named)).toBe('x');
    expect(await ask(elsewhere.listener, 'x', { ...ALICE, isServerNameChecked: false })).toBe('x');
  });

  it('takes no plaintext where all is encrypted', async () => {
    const { listener, accepted } = await listen({ tls: MUTUAL });
    expect(await ask(listener, 'ruok\n')).toBeNull();
    expect(await ask(listener, '\0\0\0\x2d\0\0\0\0')).toBeNull();
    expect(accepted).toEqual([]);
    await until('both are counted', () => listener.failedHandshakeCount === 2);
  });

  it('takes both on one port where that is allowed, whatever the first chunk holds', async () => {
    const { listener, accepted } = await listen({ tls: MUTUAL, isPlaintextAllowed: true });
    expect(await ask(listener, 'plain text', undefined)).toBe('plain text');
    expect(await ask(listener, 'x'.repeat(100_000), undefined)).toBe('x'.repeat(100_000));
    expect(await ask(listener, 'secret', ALICE)).toBe('secret');
    const byByte = connect(listener.address.port, listener.address.host);
    byByte.setNoDelay(true);
    const echoed = new Promise<string>((resolve) => {
      let text = '';
      byByte.on('data', (bytes) => {
        text += bytes;
        if (text.length === 3) resolve(text);
      });
    });
    for (const letter of 'abc')
      await new Promise<void>((done) => byByte.write(letter, () => done()));
    expect(await echoed).toBe('abc');
    byByte.destroy();
    expect(accepted.map(({ isEncrypted }) => isEncrypted)).toEqual([false, false, true, false]);
  });

  it('cuts off peers that are too slow', async () => {
    const handshakeTimeoutMs = 50;
    const both = await listen({ tls: MUTUAL, isPlaintextAllowed: true, handshakeTimeoutMs });
    expect(await ask(both.listener, '')).toBeNull();
    expect(both.listener.failedHandshakeCount).toBe(0);
    expect(await ask(both.listener, '\x16\x03')).toBeNull();
    const encrypted = await listen({ tls: MUTUAL, handshakeTimeoutMs });
    expect(await ask(encrypted.listener, 'ruok')).toBeNull();
    for (const { listener, accepted } of [both, encrypted]) {
      await until('it is counted', () => listener.failedHandshakeCount === 1);
      expect(accepted).toEqual([]);
    }
  });

  it('survives noise that looks like a handshake, and peers that vanish in the middle', async () => {
    const { listener } = await listen({ tls: MUTUAL, isPlaintextAllowed: true });
    const { port, host } = listener.address;
    const beginnings = ['\x16', '\x16\x03\x01\xff\xff', `\x16\x03\x01\0\x05${'x'.repeat(5)}`, ''];
    for (const bytes of beginnings) {
      const socket = connect(port, host);
      socket.on('error', () => {});
      await new Promise<void>((done) => socket.write(Buffer.from(bytes, 'latin1'), () => done()));
      socket.resetAndDestroy();
    }
    expect(await ask(listener, 'still here', ALICE)).toBe('still here');
    expect(await ask(listener, 'still here')).toBe('still here');
  });

  it('speaks nothing older than TLS 1.2', async () => {
    const { listener } = await listen({ tls: { ...MUTUAL, clientCertificate: 'none' } });
    const { port, host } = listener.address;
    const tryVersion = (version: 'TLSv1.1' | 'TLSv1.2') =>
      new Promise<string>((resolve) => {
        const ca = pem('authority');
        const versions = { minVersion: version, maxVersion: version } as const;
        const socket = connectTls({ port, host, ca, ciphers: 'ALL@SECLEVEL=0', ...versions });
        socket.once('secureConnect', () => {
          resolve(socket.getProtocol() ?? '');
          socket.destroy();
        });
        socket.once('error', () => resolve('refused'));
      });
    expect(await tryVersion('TLSv1.1')).toBe('refused');
    expect(await tryVersion('TLSv1.2')).toBe('TLSv1.2');
  });

  it('speaks only the version and the cipher suites that it is told', async () => {
    const cipherSuites = ['TLS_AES_256_GCM_SHA384'];
    const { listener } = await listen({ tls: { ...MUTUAL, minVersion: 'TLSv1.3', cipherSuites } });
    expect(await ask(listener, 'x', ALICE)).toBe('x');
    const other = { ...ALICE, cipherSuites: ['TLS_AES_128_GCM_SHA256'] };
    await expect(connectTcp(listener.address, { tls: other })).rejects.toMatchObject(REFUSED);
    const unknown = { ...ALICE, cipherSuites: ['ROT13'] };
    await expect(connectTcp(listener.address, { tls: unknown })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('uses new certificates for connections that come after a renewal', async () => {
    const { listener } = await listen({ tls: MUTUAL });
    const named = { ...ALICE, serverName: 'elsewhere.example' };
    await expect(connectTcp(listener.address, { tls: named })).rejects.toMatchObject(REFUSED);
    listener.renewCertificates({ ...MUTUAL, identity: identity('elsewhere') });
    expect(await ask(listener, 'x', named)).toBe('x');
    const broken = { ...MUTUAL, authorities: 'none' };
    expect(() => listener.renewCertificates(broken)).toThrow(/authorities/);
    const other = { ...MUTUAL, clientCertificate: 'none' } as const;
    expect(() => listener.renewCertificates(other)).toThrow(/restart/);
    expect(await ask(listener, 'x', named)).toBe('x');
  });

  it('refuses certificates that cannot be used, before it listens', async () => {
    const broken = { kind: 'pem', certificateChain: 'no', privateKey: 'no' } as const;
    const wrongSecret = { ...pkcs12('client'), passphrase: 'wrong' };
    for (const identity of [broken, wrongSecret]) {
      const tls = { ...MUTUAL, identity };
      await expect(
        listenTcp({ host: '127.0.0.1', port: 0 }, () => {}, { tls }),
      ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      const address = { host: '127.0.0.1', port: 1 };
      await expect(connectTcp(address, { tls: { ...ALICE, identity } })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    }
  });

  it('asks for admission before anything else, and gives it back', async () => {
    const counts = { asked: 0, released: 0 };
    const admission = {
      admit: (host: string) => {
        expect(host).toBe('127.0.0.1');
        counts.asked++;
        return counts.asked !== 2;
      },
      release: () => {
        counts.released++;
      },
    };
    const { listener } = await listen({ tls: MUTUAL, admission });
    expect(await ask(listener, 'x', ALICE)).toBe('x');
    await expect(connectTcp(listener.address, { tls: ALICE })).rejects.toMatchObject(REFUSED);
    expect(await ask(listener, 'x', ALICE)).toBe('x');
    await until('both are given back', () => counts.released === 2);
    expect(counts.asked).toBe(3);
  });
});
