import { expect, it } from 'vitest';
import { tcpPair } from '../../src/io/tcp-pair.ts';

const later = () => new Promise((resolve) => setTimeout(resolve, 0));

function pair() {
  const events: string[] = [];
  const ends = tcpPair({ host: '127.0.0.1', port: 0 });
  for (const [index, end] of ends.entries()) {
    end.onData = (bytes) => events.push(`${index} has ${[...bytes].join()}`);
    end.onClose = (error) => events.push(`${index} closed ${error}`);
  }
  return { events, left: ends[0], right: ends[1] };
}

it('carries bytes in order both ways, never in the turn of the write', async () => {
  const { events, left, right } = pair();
  left.write(Uint8Array.of(1));
  left.write(Uint8Array.of(2));
  right.write(Uint8Array.of(3));
  expect(events).toEqual([]);
  await later();
  expect(events).toEqual(['1 has 1', '1 has 2', '0 has 3']);
});

it('keeps what comes while an end is paused, the end of the other included', async () => {
  const { events, left, right } = pair();
  right.pause();
  left.write(Uint8Array.of(1));
  left.end();
  await later();
  expect(events).toEqual(['0 closed null']);
  right.resume();
  await later();
  expect(events).toEqual(['0 closed null', '1 has 1', '1 closed null']);
});

it('delivers what was written before an end, and tells both ends once', async () => {
  const { events, left, right } = pair();
  left.write(Uint8Array.of(1));
  left.end();
  left.write(Uint8Array.of(2));
  left.destroy();
  await later();
  right.write(Uint8Array.of(3));
  right.end();
  await later();
  expect(events.sort()).toEqual(['0 closed null', '1 closed null', '1 has 1']);
});
