import { expect, it } from 'vitest';
import type { ClientRequest, Result } from '../../src/coord/core/model.ts';
import { Timeline } from './checkers/timeline.ts';
import { History } from './history.ts';

const CREATE: ClientRequest = {
  kind: 'create',
  path: '/e',
  data: new TextEncoder().encode('c1#1'),
  acl: [],
  flags: 1,
  withStat: false,
};

const DONE: Result = { kind: 'done' };

/** What one client did, each with the zxid of its answer, or null where none came. */
function timelineOf(...steps: readonly [ClientRequest, bigint | null, Result?][]): Timeline {
  const history = new History();
  const connection = history.open('c1', '10.0.0.1', { lastZxidSeen: 0n, sessionId: 0n });
  connection.sessionId = 7n;
  for (const [request, zxid, result = DONE] of steps) {
    const operation = history.invoke(connection, request, 0);
    if (zxid !== null) operation.answer = { completed: history.next(), zxid, result };
  }
  return new Timeline(history);
}

it('an ephemeral node goes with its session, unless it may have gone before', () => {
  const created = [CREATE, 3n, { kind: 'created', path: '/e', stat: null }] as const;
  const closed = [{ kind: 'closeSession' }, 9n] as const;
  const zxids = (timeline: Timeline) => timeline.changesOf('/e').map(({ zxid }) => zxid);
  expect(zxids(timelineOf([...created], [...closed]))).toEqual([3n, 9n]);
  const deleted: ClientRequest = { kind: 'delete', path: '/e', version: -1 };
  expect(zxids(timelineOf([...created], [deleted, null], [...closed]))).toEqual([3n]);
});
