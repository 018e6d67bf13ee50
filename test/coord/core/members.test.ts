import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import {
  configText,
  memberText,
  nextMembers,
  parseConfigText,
  parseMember,
} from '../../../src/coord/core/members.ts';
import type { Member } from '../../../src/coord/core/raft/types.ts';

const member = (id: number, role: Member['role'] = 'participant'): Member => ({
  id,
  role,
  peerHost: `host${id}`,
  peerPort: 2888,
  electionPort: 3888,
  clientHost: '0.0.0.0',
  clientPort: 2181,
});

const THREE = [member(1), member(2), member(3)];

describe('members as ZooKeeper writes them', () => {
  const cases: [string, string | null][] = [
    ['h:2888:3888', 'h:2888:3888:participant'],
    ['h:2888:3888:Observer', 'h:2888:3888:observer'],
    ['h:2888:3888;2181', 'h:2888:3888:participant;0.0.0.0:2181'],
    ['h:2888:3888:observer;c:2181', 'h:2888:3888:observer;c:2181'],
    ['[::1]:2888:3888;[fe80::1]:2181', '[::1]:2888:3888:participant;[fe80::1]:2181'],
    ['', null],
    ['h:2888', null],
    [':2888:3888', null],
    ['h:2888:2888', null],
    ['h:2888:3888:learner', null],
    ['h:2888:3888:observer:x', null],
    ['h:port:3888', null],
    ['h:2888:65536', null],
    ['h:2888:3888;', null],
    ['h:2888:3888;c:1:2', null],
    ['h:2888:3888;2181;2182', null],
    ['h:2888:3888|i:2888:3888', null],
    ['[::1:2888:3888', null],
  ];
  it.each(cases)('%j', (text, expected) => {
    if (expected !== null) expect(memberText(parseMember(7, text))).toBe(expected);
    else {
      expect(() => parseMember(7, text)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    }
  });

  it('have an id from 1 to 254', () => {
    for (const id of [0, 255, 1.5, Number.NaN]) {
      expect(() => parseMember(id, 'h:1:2')).toThrow('server id');
    }
  });
});

describe('the text of a configuration', () => {
  it('is a line for each member and the version in hexadecimal', () => {
    expect(configText([member(2, 'observer'), member(1)], 0x1_0000_000an)).toBe(
      'server.1=host1:2888:3888:participant;0.0.0.0:2181\n' +
        'server.2=host2:2888:3888:observer;0.0.0.0:2181\n' +
        'version=10000000a',
    );
    expect(configText([], -1n)).toBe('version=ffffffffffffffff');
  });

  it('is read back', () => {
    const text = configText(THREE, 77n);
    expect(parseConfigText(text)).toEqual({ members: THREE, version: 77n });
    expect(parseConfigText(`# a comment\r\n\r\n ${text}`).members).toEqual(THREE);
    for (const wrong of ['group.1=1:2', 'version=x', 'server.x=h:1:2', 'nonsense']) {
      expect(() => parseConfigText(wrong)).toThrow(
        expect.objectContaining({ code: 'BAD_REQUEST' }),
      );
    }
  });
});

describe('a reconfig', () => {
  const none = { joining: null, leaving: null, newMembers: null };
  const ids = (change: Partial<typeof none> | Record<string, string>, participantsMin = 2) => {
    const next = nextMembers(THREE, { ...none, ...change }, participantsMin);
    return next.kind === 'error' ? next.error : next.members.map(({ id }) => id);
  };
  const refused = ErrorNumber.BAD_ARGUMENTS;

  it('lets members leave and join, in this order', () => {
    expect(ids({ leaving: '3, 1', joining: 'server.4=h:1:2;3,server.1=i:1:2;3' })).toEqual([
      1, 2, 4,
    ]);
    expect(ids({ leaving: '9' })).toEqual([1, 2, 3]);
    expect(ids({})).toEqual([1, 2, 3]);
  });

  it('changes a member that joins again', () => {
    const next = nextMembers(THREE, { ...none, joining: 'server.2=x:1:2:observer;3' }, 2);
    expect(next).toMatchObject({ members: [{}, { id: 2, peerHost: 'x', role: 'observer' }, {}] });
  });

  it('takes a whole new list, and then nothing else', () => {
    const newMembers = 'server.5=a:1:2,server.4=b:1:2:observer\nserver.6=c:1:2;3\nversion=9';
    expect(ids({ newMembers, joining: 'nonsense', leaving: 'nonsense' })).toEqual([4, 5, 6]);
  });

  it('is refused when it makes no sense', () => {
    const wrong = [
      { leaving: 'x' },
      { joining: '4=h:1:2;3' },
      { joining: 'server.4' },
      { joining: 'server.4=h:1:2' },
      { joining: 'server.400=h:1:2;3' },
      { newMembers: 'server.1=h:1' },
      { newMembers: '' },
    ];
    expect(wrong.map((change) => ids(change))).toEqual(wrong.map(() => refused));
  });

  it('is refused when two members share an address, unless everybody has that one', () => {
    expect(ids({ joining: 'server.4=host1:2888:9999;1' })).toBe(refused);
    expect(ids({ joining: 'server.4=host1:2999:3999;2181' })).toEqual([1, 2, 3, 4]);
    expect(ids({ joining: 'server.4=127.0.0.1:1:2;3,server.5=127.0.0.1:1:2;3' })).toHaveLength(5);
  });

  it('is refused when too few participants are left', () => {
    expect(ids({ leaving: '1,2' })).toBe(refused);
    expect(ids({ leaving: '1,2' }, 1)).toEqual([3]);
    expect(ids({ leaving: '1,2,3' }, 1)).toBe(refused);
    expect(ids({ leaving: '3', joining: 'server.2=h:1:2:observer;3' })).toBe(refused);
  });
});
