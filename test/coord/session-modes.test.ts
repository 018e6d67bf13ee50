import { afterEach, describe, expect, it } from 'vitest';
import { parseWhitelist } from '../../src/coord/admin/words.ts';
import { ErrorNumber } from '../../src/coord/core/error-codes.ts';
import type { WriteRequest } from '../../src/coord/core/model.ts';
import { framed } from '../../src/coord/zk/framing.ts';
import { decodeConnectResponse } from '../../src/coord/zk/handshake.ts';
import { encodeRequest } from '../../src/coord/zk/requests.ts';
import { addressOf, Ensemble } from './ensemble.ts';
import { until, utf8 } from './harness.ts';
import { connectRequest, Wire } from './wire.ts';

type Session = Parameters<typeof connectRequest>[0];

const ANYONE = [{ permissions: 31, scheme: 'world', id: 'anyone' }];

describe('an ensemble', () => {
  let ensemble: Ensemble;
  const wires: Wire[] = [];
  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.close();
    await ensemble.close();
  });

  const addressOfNode = (id: number) =>
    addressOf(ensemble.members.find((member) => member.id === id)!);

  /** Shakes hands; the answer, or null when the server hung up. */
  async function shakeHands(id: number, session: Session) {
    const wire = await Wire.open(addressOfNode(id));
    wires.push(wire);
    wire.send(framed(connectRequest(session)));
    const packet = await wire.packet();
    if (packet === null) return null;
    return { wire, ...decodeConnectResponse(packet.view(packet.remainingBytes)) };
  }

  async function word(id: number, name: string): Promise<string> {
    const wire = await Wire.open(addressOfNode(id));
    wire.send(utf8(name));
    return wire.text();
  }

  async function errorOf(wire: Wire, request: WriteRequest): Promise<number> {
    const opCode = request.kind === 'create' ? 1 : 14;
    wire.request(1, opCode, (writer) => void encodeRequest(writer, request));
    return (await wire.reply()).error;
  }

  const create = (path: string, flags = 0) =>
    ({ kind: 'create', path, data: null, acl: ANYONE, flags, withStat: false }) as const;

  it('serves reads on a node that is cut off, to those who are content with them', async () => {
    const participants = ['participant', 'participant', 'participant'] as const;
    ensemble = await Ensemble.start(participants, {
      isReadOnlyEnabled: true,
      fourLetterWords: parseWhitelist('*'),
    });
    const { leader, followers } = ensemble;
    const [left, other] = followers as [number, number];
    const before = (await shakeHands(left, { readOnly: true }))!;
    expect(before.readOnly).toBe(false);
    expect(await errorOf(before.wire, create('/a'))).toBe(0);
    expect(await word(left, 'isro')).toBe('rw');
    await ensemble.stopNode(leader);
    await ensemble.stopNode(other);
    await until('it is read-only', async () => (await word(left, 'isro')) === 'ro');
    expect(await before.wire.packet()).toBeNull();
    expect(await word(left, 'srvr')).toContain('Mode: read-only\n');
    expect(await shakeHands(left, { readOnly: false })).toBeNull();
    expect(await shakeHands(left, { readOnly: null })).toBeNull();
    const { sessionId, password } = before;
    expect(await shakeHands(left, { readOnly: true, sessionId, password })).toBeNull();
    const reader = (await shakeHands(left, { readOnly: true }))!;
    expect(reader).toMatchObject({ readOnly: true, timeoutMs: 15_000 });
    expect(await errorOf(reader.wire, create('/b'))).toBe(ErrorNumber.NOT_READ_ONLY);
    reader.wire.request(2, 3, (writer) => {
      encodeRequest(writer, { kind: 'exists', path: '/a', watch: true });
    });
    expect(await reader.wire.reply()).toMatchObject({ xid: 2, error: 0 });
    await ensemble.startNode(other);
    expect(await reader.wire.packet()).toBeNull();
    await ensemble.untilServing();
    expect(await word(left, 'isro')).toBe('rw');
    expect(await shakeHands(left, { sessionId, password })).toMatchObject({ sessionId });
  });

  it('keeps local sessions at their node until they own an ephemeral node', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], {
      isLocalSessionsEnabled: true,
      isLocalUpgradingEnabled: true,
      fourLetterWords: parseWhitelist('*'),
    });
    const [id, other] = ensemble.followers as [number, number];
    const { wire, sessionId, password } = (await shakeHands(id, {}))!;
    expect(await errorOf(wire, create('/a'))).toBe(0);
    expect(await word(id, 'mntr')).toMatch(/^zk_global_sessions\t0\nzk_local_sessions\t1$/m);
    expect(await shakeHands(other, { sessionId, password })).toMatchObject({ timeoutMs: 0 });
    expect(await errorOf(wire, create('/e', 1))).toBe(0);
    await until('all nodes know it', async () =>
      (await word(other, 'mntr')).includes('zk_global_sessions\t1\nzk_local_sessions\t0\n'),
    );
    expect(await shakeHands(other, { sessionId, password })).toMatchObject({ sessionId });
    expect(await wire.packet()).toBeNull();
    await ensemble.untilEqual();
  });
});
