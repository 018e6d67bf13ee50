import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../src/base/bytes.ts';
import { EngineError } from '../../../src/base/errors.ts';
import { Prng } from '../../../src/base/prng.ts';
import type { ClusterConfig, Member } from '../../../src/coord/core/raft/types.ts';
import type { PeerMessage } from '../../../src/coord/core/step.ts';
import { readPeerMessage, writePeerMessage } from '../../../src/coord/peers/message-codec.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const BIG = Number.MAX_SAFE_INTEGER;
const member = (id: number): Member => ({
  id,
  role: id === 3 ? 'observer' : 'participant',
  peerHost: `host-${id}`,
  peerPort: 2888,
  electionPort: 3888,
  clientHost: '::1',
  clientPort: 65_535,
});
const config: ClusterConfig = { members: [member(1), member(254)], outgoingVoters: [1, 2, 3] };
const data = Uint8Array.of(0, 255, 1);

const MESSAGES: readonly PeerMessage[] = [
  {
    kind: 'voteRequest',
    term: BIG,
    isPreVote: true,
    isTransfer: false,
    lastIndex: BIG,
    lastTerm: 1,
  },
  { kind: 'voteResponse', term: 2, isPreVote: false, isGranted: true },
  {
    kind: 'append',
    term: 7,
    previousIndex: 2 ** 40,
    previousTerm: 3,
    commitIndex: 9,
    entries: [
      { index: 2 ** 40 + 1, term: 7, config: null, payload: data },
      { index: 2 ** 40 + 2, term: 7, config, payload: new Uint8Array() },
    ],
  },
  { kind: 'appendResponse', term: 1, isRejected: true, index: 5, hintIndex: 4, hintTerm: 3 },
  { kind: 'heartbeat', term: 1, commitIndex: 2, readRound: 3 },
  { kind: 'heartbeatResponse', term: 1, readRound: 0 },
  {
    kind: 'snapshot',
    term: 4,
    index: 100,
    snapshotTerm: 3,
    config,
    offsetBytes: 10,
    totalBytes: 13,
    data,
  },
  { kind: 'snapshotResponse', term: 4, index: 100, receivedBytes: 13 },
  { kind: 'timeoutNow', term: 4 },
  { kind: 'readRequest', term: 4, context: 5 },
  { kind: 'readResponse', term: 4, context: 5, index: -1 },
  { kind: 'probe', term: 0, context: 2 ** 32 - 1 },
  {
    kind: 'probeResponse',
    term: 4,
    context: 1,
    ownContext: 0,
    isPristine: true,
    lastIndex: 7,
    floorIndex: BIG,
  },
  { kind: 'forward', payloads: [data, new Uint8Array()] },
  { kind: 'touch', sessionIds: [1n, -1n, 2n ** 63n - 1n] },
];

function encoded(message: PeerMessage): Uint8Array {
  const writer = new ByteWriter();
  writePeerMessage(writer, message);
  return writer.finish();
}

describe('messages between members', () => {
  it.each(MESSAGES)('survive the way: $kind', (message) => {
    const reader = new ByteReader(encoded(message), 'test');
    expect(readPeerMessage(reader)).toEqual(message);
    reader.expectEnd();
  });

  it('are refused when they are cut short, at any place', () => {
    for (const message of MESSAGES) {
      const bytes = encoded(message);
      for (let length = 0; length < bytes.length; length++) {
        const cut = new ByteReader(bytes.subarray(0, length), 'test');
        expect(() => readPeerMessage(cut)).toThrow(EngineError);
      }
    }
  });

  it('never break the reader, whatever they are (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    for (let round = 0; round < 20_000; round++) {
      const bytes = encoded(prng.pick(MESSAGES)).slice();
      for (let flips = prng.integer(1, 5); flips > 0; flips--) {
        bytes[prng.integer(0, bytes.length)] = prng.integer(0, 256);
      }
      try {
        readPeerMessage(new ByteReader(bytes, 'test'));
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
      }
    }
  });
});
