import { describe, expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import { applyEntry, type ReplicatedState } from '../../../src/coord/core/apply.ts';
import { inParts, OutgoingStream } from '../../../src/coord/core/outgoing-stream.ts';
import { Tree } from '../../../src/coord/core/tree.ts';
import { entryCodec } from '../../../src/coord/entry-codec.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const ORIGIN = 3;

/** A log that applies whatever it is given, and tells the stream of it. */
class Log {
  readonly settled: number[] = [];
  readonly state: ReplicatedState = {
    tree: Tree.withSystemNodes(),
    sessions: new Map([[1n, { timeoutMs: 1, password: new Uint8Array(), owner: ORIGIN }]]),
    streams: new Map(),
  };
  stream = new OutgoingStream<number>(ORIGIN, entryCodec, 1);
  #index = 0;

  append(payload: Uint8Array): void {
    this.#index++;
    const entry = entryCodec.decode(this.#index, payload);
    const applied = applyEntry(this.state, entry, null);
    if (entry.command.kind === 'openStream') this.stream.opened(this.#index, entry.command.nonce);
    else if (applied !== null) {
      const ticket = this.stream.settle(entry.stream, entry.sequence);
      if (ticket !== null) this.settled.push(ticket);
    }
  }
}

function propose(log: Log, ticket: number): void {
  const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
  const path = `/n${ticket}`;
  const command = { kind: 'create', path, data: null, acl, flags: 0, withStat: false } as const;
  log.stream.add({ sessionId: 1n, identities: [], flags: 0, command }, ticket);
}

describe('the stream of a node’s proposals', () => {
  it('opens itself before it sends anything', () => {
    const log = new Log();
    propose(log, 1);
    const first = log.stream.takeUnsent();
    expect(first.map((payload) => entryCodec.decode(1, payload).command.kind)).toEqual([
      'openStream',
    ]);
    expect(log.stream.takeUnsent()).toEqual([]);
    for (const payload of first) log.append(payload);
    for (const payload of log.stream.takeUnsent()) log.append(payload);
    expect(log.settled).toEqual([1]);
    expect(log.stream.length).toBe(0);
  });

  it('is applied once and in order, whatever is lost, doubled, delayed or overtaken (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    for (let round = 0; round < 200; round++) {
      const prng = new Prng(seed + round);
      const log = new Log();
      const onTheWay: Uint8Array[] = [];
      let next = 0;
      const count = prng.integer(1, 40);
      for (let step = 0; log.settled.length < count; step++) {
        expect(step).toBeLessThan(20_000);
        const dice = prng.integer(0, 10);
        if (dice < 3 && next < count) propose(log, next++);
        else if (dice < 5) onTheWay.push(...log.stream.takeUnsent());
        else if (dice === 5 && prng.integer(0, 4) === 0) log.stream.resend();
        else if (onTheWay.length > 0) {
          const place = prng.integer(0, 4) === 0 ? prng.integer(0, onTheWay.length) : 0;
          const payload =
            prng.integer(0, 8) === 0 ? onTheWay[place]! : onTheWay.splice(place, 1)[0]!;
          if (prng.integer(0, 8) !== 0) log.append(payload.slice());
        } else log.stream.resend();
      }
      expect(log.settled).toEqual(Array.from({ length: count }, (_, ticket) => ticket));
      expect(log.state.tree.get('/')?.children?.size).toBe(count + 1);
    }
  });

  it('does nothing with what an earlier life of the node has sent', () => {
    const log = new Log();
    for (const payload of log.stream.takeUnsent()) log.append(payload);
    propose(log, 1);
    const late = log.stream.takeUnsent();
    log.stream = new OutgoingStream<number>(ORIGIN, entryCodec, 2);
    propose(log, 2);
    for (const payload of log.stream.takeUnsent()) log.append(payload);
    for (const payload of late) log.append(payload);
    expect(log.state.tree.get('/n1')).toBeUndefined();
    for (const payload of log.stream.takeUnsent()) log.append(payload);
    expect(log.settled).toEqual([2]);
    expect(log.state.tree.get('/n2')).toBeDefined();
  });

  it('opens another stream when an old opening comes late', () => {
    const log = new Log();
    const old = new OutgoingStream<number>(ORIGIN, entryCodec, 9).takeUnsent();
    for (const payload of log.stream.takeUnsent()) log.append(payload);
    propose(log, 1);
    const sent = log.stream.takeUnsent();
    for (const payload of [...old, ...sent]) log.append(payload);
    expect(log.settled).toEqual([]);
    for (let round = 0; round < 2; round++) {
      for (const payload of log.stream.takeUnsent()) log.append(payload);
    }
    expect(log.settled).toEqual([1]);
  });

  it('says what can no longer be told after the state was replaced', () => {
    const log = new Log();
    for (const payload of log.stream.takeUnsent()) log.append(payload);
    for (const ticket of [1, 2, 3]) propose(log, ticket);
    log.stream.takeUnsent();
    expect(log.stream.jump({ stream: 1, sequence: 2 })).toEqual([1, 2]);
    log.stream.resend();
    log.state.streams.set(ORIGIN, { stream: 1, sequence: 2 });
    for (const payload of log.stream.takeUnsent()) log.append(payload);
    expect(log.settled).toEqual([3]);
    propose(log, 4);
    expect(log.stream.jump(undefined)).toEqual([4]);
  });
});

describe('what goes to the leader at once', () => {
  it('is cut into parts in order, and a large payload is a part of its own', () => {
    const lengths = [4, 6, 1, 25, 3, 7, 10];
    const parts = inParts(
      lengths.map((length) => new Uint8Array(length)),
      10,
    );
    expect(parts.map((part) => part.map(({ length }) => length))).toEqual([
      [4, 6],
      [1],
      [25],
      [3, 7],
      [10],
    ]);
    expect(inParts([], 10)).toEqual([]);
  });
});
