import { afterEach, describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../../src/base/bytes.ts';
import { Authentication } from '../../src/coord/auth/authentication.ts';
import { ErrorNumber } from '../../src/coord/core/error-codes.ts';
import { configText, memberText } from '../../src/coord/core/members.ts';
import type { Member } from '../../src/coord/core/raft/types.ts';
import type { CoordinatorOptions } from '../../src/coord/node.ts';
import {
  readBuffer,
  writeBuffer,
  writeNullableString,
  writeString,
} from '../../src/coord/zk/jute.ts';
import { OpCode, Xid } from '../../src/coord/zk/opcodes.ts';
import { nodeDigests } from '../../src/io/node-digest.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { addressOf, Ensemble } from './ensemble.ts';
import { connectClient, startNode, temporaryDirectory, text, until, utf8 } from './harness.ts';
import { Wire } from './wire.ts';

const SUPER_DIGEST = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU='; // super:test, from ZooKeeper's manual.
const CONFIG = '/zookeeper/config';
const OPTIONS: Partial<CoordinatorOptions> = {
  isReconfigEnabled: true,
  authentication: new Authentication(
    { digests: nodeDigests, random: nodeRandom },
    { digest: { superDigest: SUPER_DIGEST } },
  ),
};

interface Change {
  readonly joining?: string;
  readonly leaving?: string;
  readonly newMembers?: string;
  readonly configId?: bigint;
}

/** A connection of the super user. */
async function superUser(member: Pick<Member, 'clientHost' | 'clientPort'>): Promise<Wire> {
  const wire = await Wire.session({ host: member.clientHost, port: member.clientPort });
  wire.request(Xid.AUTH, OpCode.AUTH, (writer) => {
    writer.int32(0);
    writeString(writer, 'digest');
    writeBuffer(writer, utf8('super:test'));
  });
  expect((await wire.reply()).error).toBe(0);
  return wire;
}

/** Asks for a change of members. @returns the error number and the text of the new configuration. */
async function reconfig(wire: Wire, change: Change): Promise<{ error: number; text: string }> {
  wire.request(1, OpCode.RECONFIG, (writer) => {
    writeNullableString(writer, change.joining ?? null);
    writeNullableString(writer, change.leaving ?? null);
    writeNullableString(writer, change.newMembers ?? null);
    writer.int64(change.configId ?? -1n);
  });
  const { error, body } = await wire.reply();
  return { error, text: error === 0 ? decodeUtf8(readBuffer(body)!, 'test') : '' };
}

const serverText = (member: Member): string => `server.${member.id}=${memberText(member)}`;

describe('changing the members of an ensemble', () => {
  let ensemble: Ensemble;
  afterEach(() => ensemble.close());

  const memberOf = (id: number): Member => ensemble.members.find((member) => member.id === id)!;

  async function change(id: number, wanted: Change): Promise<string> {
    const wire = await superUser(memberOf(id));
    let outcome = { error: ErrorNumber.NEW_CONFIG_NO_QUORUM as number, text: '' };
    await until('the new members are there', async () => {
      outcome = await reconfig(wire, wanted);
      return outcome.error !== ErrorNumber.NEW_CONFIG_NO_QUORUM;
    });
    wire.close();
    expect(outcome.error).toBe(0);
    return outcome.text;
  }

  async function configAt(id: number): Promise<string> {
    const client = await connectClient([addressOf(memberOf(id))]);
    await client.sync();
    const { data } = await client.get(CONFIG);
    await client.close();
    return text(data);
  }

  /** Expects a configuration on every node that runs and is a member. */
  async function expectEverywhere(expected: string): Promise<void> {
    for (const id of ensemble.running.keys()) {
      if (expected.includes(`server.${id}=`)) expect(await configAt(id)).toBe(expected);
    }
  }

  async function write(id: number, path: string): Promise<void> {
    const client = await connectClient([addressOf(memberOf(id))]);
    await client.create(path, utf8(''));
    await client.close();
  }

  it('shows the first members until there is a change, with version 0', async () => {
    ensemble = await Ensemble.start(['participant', 'observer'], OPTIONS);
    const expected = configText(ensemble.members, 0n);
    expect(expected).toMatch(/^server\.1=.*:participant;.*\nserver\.2=.*:observer;.*\nversion=0$/);
    await expectEverywhere(expected);
    await ensemble.untilEqual();
  });

  it('adds a node that was started with the members and itself', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], OPTIONS);
    await write(1, '/before');
    const joiner = await ensemble.startJoiner('participant');
    const config = await change(ensemble.followers[0]!, { joining: serverText(joiner) });
    expect(config).toContain(serverText(joiner));
    await ensemble.untilServing();
    await expectEverywhere(config);
    await ensemble.untilEqual();
    await write(joiner.id, '/after');
    // Three of four are a majority only together with the new one.
    const [gone] = ensemble.followers.filter((id) => id !== joiner.id);
    await ensemble.stopNode(gone!);
    await write(joiner.id, '/three');
    expect(ensemble.running.get(joiner.id)!.standing().raft.mayVote).toBe(true);
  });

  it('makes an observer a participant, and a participant an observer', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'observer'], OPTIONS);
    const promoted = { ...memberOf(3), role: 'participant' } as const;
    const config = await change(3, { joining: serverText(promoted) });
    expect(config).toContain(serverText(promoted));
    await expectEverywhere(config);
    const demoted = { ...memberOf(ensemble.followers[0]!), role: 'observer' } as const;
    await expectEverywhere(await change(ensemble.leader, { joining: serverText(demoted) }));
    await ensemble.stopNode(demoted.id);
    await write(ensemble.leader, '/two');
  });

  it('removes a follower, which serves nobody from then on and disturbs nobody', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], OPTIONS);
    const { leader, followers } = ensemble;
    const [removed, other] = followers as [number, number];
    const config = await change(other, { leaving: String(removed) });
    expect(config).not.toContain(`server.${removed}=`);
    await expectEverywhere(config);
    const standing = () => ensemble.running.get(removed)!.standing();
    await until('the removed node has stopped to serve', () => !standing().isServing);
    const wire = await Wire.open(addressOf(memberOf(removed)));
    wire.send(new Uint8Array([0, 0, 0, 45, ...new Uint8Array(45)]));
    expect(await wire.packet()).toBeNull();
    const { term } = ensemble.running.get(leader)!.standing().raft;
    // A restarted node has forgotten nothing, and is told nothing.
    await ensemble.stopNode(removed);
    await ensemble.startNode(removed);
    await write(other, '/on');
    expect(ensemble.running.get(leader)!.standing().raft).toMatchObject({ role: 'leader', term });
    expect(standing().isServing).toBe(false);
    await change(other, { joining: serverText(memberOf(removed)) });
    await until('it serves again', () => standing().isServing);
    await ensemble.untilEqual();
  });

  it('removes a node that is down, which finds nobody to lead when it comes back', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], OPTIONS);
    const [removed, other] = ensemble.followers as [number, number];
    const { leader } = ensemble;
    const standing = () => ensemble.running.get(removed)!.standing();
    await until('it may vote', () => standing().raft.mayVote);
    await ensemble.stopNode(removed);
    await change(other, { leaving: String(removed) });
    const leading = () => ensemble.running.get(leader)!.standing().raft;
    await until('nobody tries to tell it any more', () => !leading().matchIndexes.has(removed));
    const { term } = leading();
    await ensemble.startNode(removed);
    await until('it asks for votes', () => standing().raft.role === 'preCandidate');
    await write(other, '/on');
    expect(leading()).toMatchObject({ role: 'leader', term });
    expect(standing().isServing).toBe(false);
  });

  it('removes the leader, and another takes over', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], OPTIONS);
    const { leader, followers } = ensemble;
    const config = await change(leader, { leaving: String(leader) });
    expect(config).not.toContain(`server.${leader}=`);
    await until('another leads', () => ![0, leader].includes(ensemble.leader));
    const standing = () => ensemble.running.get(leader)!.standing();
    await until('the old one has stopped to serve', () => !standing().isServing);
    await write(followers[0]!, '/on');
    await expectEverywhere(config);
  });

  it('exchanges most of the voters at once', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], OPTIONS);
    await write(1, '/before');
    const { leader, followers } = ensemble;
    const joiners = [
      await ensemble.startJoiner('participant'),
      await ensemble.startJoiner('participant'),
    ];
    const config = await change(leader, {
      joining: joiners.map(serverText).join(','),
      leaving: followers.join(','),
    });
    await until('the new ones serve', () =>
      joiners.every(({ id }) => ensemble.running.get(id)!.standing().isServing),
    );
    await until('the old ones do not', () =>
      followers.every((id) => !ensemble.running.get(id)!.standing().isServing),
    );
    for (const id of followers) await ensemble.stopNode(id);
    await expectEverywhere(config);
    await write(joiners[0]!.id, '/after');
    await ensemble.untilEqual();
  });

  it('brings a node up to date that has never heard of its leader', async () => {
    const roles = ['participant', 'participant', 'observer'] as const;
    ensemble = await Ensemble.start(roles, { ...OPTIONS, isStandaloneEnabled: false });
    await ensemble.stopNode(3);
    const { leader, followers } = ensemble;
    const members = [...ensemble.members];
    const joiner = await ensemble.startJoiner('participant');
    await change(leader, { joining: serverText(joiner), leaving: String(followers[0]) });
    await until('it serves', () => ensemble.running.get(joiner.id)!.standing().isServing);
    await change(joiner.id, { leaving: String(leader) });
    await until('it leads', () => ensemble.leader === joiner.id);
    await ensemble.startNode(3, { members });
    await until('it is served', () => ensemble.running.get(3)!.standing().isServing);
    await write(3, '/on');
  });

  it('takes a whole new list, and the version that it starts from', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], OPTIONS);
    const [gone] = ensemble.followers;
    const kept = ensemble.members.filter(({ id }) => id !== gone);
    const config = await change(ensemble.leader, {
      newMembers: kept.map(serverText).join('\n'),
      configId: 0n,
    });
    expect(config.split('\n').slice(0, -1)).toEqual(kept.map(serverText));
    const version = BigInt(`0x${config.split('version=')[1]}`);
    const wire = await superUser(memberOf(ensemble.leader));
    const { BAD_VERSION } = ErrorNumber;
    expect((await reconfig(wire, { leaving: '9', configId: 0n })).error).toBe(BAD_VERSION);
    expect((await reconfig(wire, { leaving: '9', configId: version })).error).toBe(0);
    wire.close();
  });

  it('tells watchers of the configuration', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'observer'], OPTIONS);
    const client = await connectClient([addressOf(memberOf(1))]);
    const events: string[] = [];
    await client.watch(CONFIG, 'node', ({ type, path }) => events.push(`${type} ${path}`));
    await change(2, { leaving: '3' });
    await until('the watcher was told', () => events.length > 0);
    expect(events).toEqual([`changed ${CONFIG}`]);
    await client.close();
  });

  it('refuses what cannot be, in ZooKeeper’s order', async () => {
    ensemble = await Ensemble.start(['participant', 'participant', 'participant'], OPTIONS);
    const wire = await superUser(memberOf(1));
    const error = async (wanted: Change) => (await reconfig(wire, wanted)).error;
    const absent = 'server.9=127.0.0.1:1:2:participant;127.0.0.1:3';
    const absentToo = 'server.8=127.0.0.1:4:5:participant;127.0.0.1:6';
    expect(await error({ joining: 'nonsense', configId: 7n })).toBe(ErrorNumber.BAD_VERSION);
    expect(await error({ joining: 'nonsense' })).toBe(ErrorNumber.BAD_ARGUMENTS);
    expect(await error({ leaving: '1,2' })).toBe(ErrorNumber.BAD_ARGUMENTS);
    expect(await error({ leaving: '1,2', joining: `${absent},${absentToo}` })).toBe(
      ErrorNumber.NEW_CONFIG_NO_QUORUM,
    );
    wire.close();
    const stranger = await Wire.session(addressOf(memberOf(1)));
    const strangersError = async (wanted: Change) => (await reconfig(stranger, wanted)).error;
    expect(await strangersError({ leaving: '1,2' })).toBe(ErrorNumber.BAD_ARGUMENTS);
    expect(await strangersError({ leaving: '1' })).toBe(ErrorNumber.NO_AUTH);
    stranger.close();
    await expectEverywhere(configText(ensemble.members, 0n));
  });
});

describe('a coordinator without others', () => {
  it('has no members to change, which an operator has to allow first', async () => {
    const place = await temporaryDirectory();
    const outcomes: number[] = [];
    for (const isReconfigEnabled of [false, true]) {
      const node = await startNode(place.directory, { ...OPTIONS, isReconfigEnabled });
      const { host, port } = node.address;
      const wire = await superUser({ clientHost: host, clientPort: port });
      outcomes.push((await reconfig(wire, { joining: 'nonsense' })).error);
      wire.close();
      await node.close();
    }
    expect(outcomes).toEqual([ErrorNumber.RECONFIG_DISABLED, ErrorNumber.UNIMPLEMENTED]);
    await place.remove();
  });
});
