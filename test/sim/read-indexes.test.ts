import { expect, it } from 'vitest';
import type { Entry, ReadReady } from '../../src/coord/core/raft/types.ts';
import { ReadIndexes } from './checkers/read-indexes.ts';

const output = (committedIndex: number, ...reads: ReadReady[]) => ({
  persist: [],
  send: [],
  installed: null,
  committed: [
    { index: committedIndex, term: 1, config: null, payload: new Uint8Array() },
  ] as Entry[],
  reads,
});

it('a read covers what any node had committed when it was asked for', () => {
  const reads = new ReadIndexes();
  for (const node of [1, 2]) reads.started(node);
  reads.settled(2, output(7));
  reads.asked(1, 10);
  reads.settled(2, output(9));
  reads.settled(1, output(7, { context: 10, index: 7 }));
  reads.asked(1, 11);
  expect(() => reads.settled(1, output(7, { context: 11, index: 8 }))).toThrow(
    'node 1 may answer a read at 8 that was asked for when 9 was committed',
  );
  reads.asked(1, 12);
  reads.settled(1, output(7, { context: 12, index: -1 }));
});
