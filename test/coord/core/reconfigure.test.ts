import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { memberText } from '../../../src/coord/core/members.ts';
import { EntryFlag, type ReconfigRequest } from '../../../src/coord/core/model.ts';
import { CONFIG_PATH } from '../../../src/coord/core/path.ts';
import type { PeerMessage } from '../../../src/coord/core/step.ts';
import { ClusterBench, memberOf } from './cluster-bench.ts';

const MEMBERS = [memberOf(1), memberOf(2), memberOf(3)];
const OBSERVER = `server.4=${memberText(memberOf(4, 'observer'))}`;

function change(wanted: Partial<ReconfigRequest>): ReconfigRequest {
  return {
    kind: 'reconfig',
    joining: null,
    leaving: null,
    newMembers: null,
    currentConfigId: -1n,
    ...wanted,
  };
}

function ensemble() {
  const bench = new ClusterBench(MEMBERS, { entryFlags: EntryFlag.SKIP_ACL });
  const { leader } = bench;
  const idsAt = (id: number) => bench.node(id).raft.config.members.map((member) => member.id);
  const textAt = (id: number) =>
    new TextDecoder().decode(bench.node(id).state.tree.get(CONFIG_PATH)!.data!);
  return { bench, leader, follower: bench.followers[0]!, idsAt, textAt };
}

describe('a change of members', () => {
  it('is refused while another is under way, before its version is looked at', () => {
    const { bench, leader, idsAt } = ensemble();
    const { connection } = bench.session(leader);
    const send = (xid: number, request: ReconfigRequest) =>
      bench.step(leader, { kind: 'request', connection, xid, request });
    bench.loses = ({ kind }) => kind === 'append';
    send(1, change({ joining: OBSERVER }));
    send(2, change({ leaving: '4', currentConfigId: 7n }));
    expect(bench.take(leader)).toEqual([]);
    bench.loses = () => false;
    bench.tick(500);
    const results = bench
      .take(leader)
      .map((message) => (message.kind === 'reply' ? message.result : null));
    expect(results).toMatchObject([
      { kind: 'data' },
      { kind: 'error', error: ErrorNumber.RECONFIG_IN_PROGRESS },
    ]);
    expect(idsAt(leader)).toEqual([1, 2, 3, 4]);
  });

  it('does nothing when it arrives a second time', () => {
    const { bench, leader, follower, idsAt, textAt } = ensemble();
    const { connection } = bench.session(follower);
    const forwards: PeerMessage[] = [];
    bench.loses = (message) => {
      if (message.kind === 'forward') forwards.push(structuredClone(message));
      return false;
    };
    expect(bench.errorOf(follower, connection, change({ joining: OBSERVER }))).toBe(0);
    const [late] = forwards;
    expect(bench.errorOf(follower, connection, change({ leaving: '4' }))).toBe(0);
    bench.step(leader, { kind: 'peerMessage', from: follower, message: late! });
    bench.tick(200);
    for (const { id } of MEMBERS) {
      expect(idsAt(id)).toEqual([1, 2, 3]);
      expect(textAt(id)).not.toContain('server.4=');
    }
  });

  it('takes back members that were removed, also when they are most', () => {
    const options = { entryFlags: EntryFlag.SKIP_ACL, participantsMin: 1 };
    const bench = new ClusterBench(MEMBERS, options);
    const { leader, followers } = bench;
    const { connection } = bench.session(leader, { timeoutMs: 10_000 });
    const leaving = followers.join(',');
    expect(bench.errorOf(leader, connection, change({ leaving }))).toBe(0);
    bench.tickUntil(() => followers.every((id) => bench.node(id).serviceMode === 'none'));
    bench.tick(1_000);
    const newMembers = MEMBERS.map((member) => `server.${member.id}=${memberText(member)}`);
    const request = change({ newMembers: newMembers.join(',') });
    bench.step(leader, { kind: 'request', connection, xid: 9, request });
    bench.tickUntil(() => followers.every((id) => bench.node(id).isServing));
    const replies = bench.take(leader).filter((message) => message.kind === 'reply');
    expect(replies).toMatchObject([{ xid: 9, result: { kind: 'data' } }]);
  });

  it('is refused when most of the new voters are not there', () => {
    const { bench, leader, follower } = ensemble();
    const { connection } = bench.session(leader);
    for (const id of bench.followers) if (id !== follower) bench.isolate(id);
    bench.tick(1_000, () => bench.ping(leader, connection));
    const joining = `server.4=${memberText(memberOf(4))}`;
    expect(bench.errorOf(leader, connection, change({ joining }))).toBe(
      ErrorNumber.NEW_CONFIG_NO_QUORUM,
    );
    expect(bench.errorOf(leader, connection, change({ joining: OBSERVER }))).toBe(0);
  });

  it('keeps the way to voters that are leaving, until they have learned it', () => {
    const { bench, leader, follower } = ensemble();
    const contactsOf = (id: number) => bench.node(id).raft.contacts.map((member) => member.id);
    const { connection } = bench.session(leader);
    bench.loses = ({ kind }) => kind === 'append';
    const request = change({ leaving: String(follower) });
    bench.step(leader, { kind: 'request', connection, xid: 1, request });
    expect(contactsOf(leader).sort()).toEqual([1, 2, 3]);
    bench.loses = () => false;
    bench.tickUntil(() => bench.node(follower).serviceMode === 'none');
    expect(contactsOf(leader).sort()).toEqual([1, 2, 3]);
    bench.tick(1_000);
    expect(contactsOf(leader)).not.toContain(follower);
  });
});

describe('the configuration that nodes were started with', () => {
  it('is shown by each and is no part of the state', () => {
    const bench = new ClusterBench(MEMBERS);
    const other = new ClusterBench([]);
    const renamed = MEMBERS.map((member) => ({ ...member, peerHost: `host-${member.id}` }));
    other.start(1, renamed);
    const textAt = (from: ClusterBench) =>
      new TextDecoder().decode(from.node(1).state.tree.get(CONFIG_PATH)!.data!);
    expect(textAt(bench)).toMatch(/^server\.1=10\.0\.0\.1:.*\nversion=0$/s);
    expect(textAt(other)).toMatch(/^server\.1=host-1:.*\nversion=0$/s);
    const empty = new ClusterBench([]);
    empty.start(1, MEMBERS);
    expect(other.node(1).takeSnapshot().bytes).toEqual(empty.node(1).takeSnapshot().bytes);
  });
});
