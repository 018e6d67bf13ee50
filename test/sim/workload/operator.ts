import type { Prng } from '../../../src/base/prng.ts';
import { ClientSession } from '../../../src/coord/client-session.ts';
import { configText, parseConfigText } from '../../../src/coord/core/members.ts';
import type { Result } from '../../../src/coord/core/model.ts';
import type { Member } from '../../../src/coord/core/raft/types.ts';
import { sleep } from '../../../src/io/clock.ts';
import type { ClientIo, ClientProgram } from '../client.ts';
import { attempt, type WorkloadPlan } from './plan.ts';

const CONFIG_PATH = '/zookeeper/config';
const RETRY_MS = 500;

/**
 * Somebody who changes the members, some of them at once: takes them out, puts them back, makes
 * voters observers and observers voters. In the end all are what they were.
 *
 * @param votersMin how many voters there are at least.
 */
export function operator(
  prng: Prng,
  plan: WorkloadPlan,
  members: readonly Member[],
  votersMin: number,
): ClientProgram {
  return async (io) => {
    while (!plan.isOver()) {
      await sleep(io.clock, -Math.log(1 - prng.float()) * 5_000);
      await withSession(io, (session) => changeSome(session, prng, members, votersMin));
    }
    while (!(await restore(io, members))) await sleep(io.clock, RETRY_MS);
  };
}

/** Changes a member or several, if the result has voters enough; true when it was accepted. */
async function changeSome(
  session: ClientSession,
  prng: Prng,
  all: readonly Member[],
  votersMin: number,
): Promise<boolean> {
  const present = (await readMembers(session)) ?? all;
  let next = present;
  do {
    const chosen = prng.pick(all);
    const others = next.filter(({ id }) => id !== chosen.id);
    const role = prng.float() < 0.5 ? ('participant' as const) : ('observer' as const);
    next = prng.float() < 0.4 ? others : [...others, { ...chosen, role }];
  } while (prng.float() < 0.6);
  const voters = next.filter((member) => member.role === 'participant').length;
  return voters >= votersMin && reconfigure(session, next);
}

async function restore(io: ClientIo, members: readonly Member[]): Promise<boolean> {
  return withSession(io, async (session) => {
    await session.call({ kind: 'sync', path: '/' });
    const present = await readMembers(session);
    const isDone = present !== null && textOf(present) === textOf(members);
    return isDone || reconfigure(session, members);
  });
}

async function withSession(
  io: ClientIo,
  action: (session: ClientSession) => Promise<boolean>,
): Promise<boolean> {
  const session = new ClientSession({ ...io, onConnected: () => {}, onEvent: () => {} });
  let isDone = false;
  await attempt(async () => {
    await session.start();
    isDone = await action(session);
    await session.call({ kind: 'closeSession' });
  });
  session.destroy();
  return isDone;
}

async function readMembers(session: ClientSession): Promise<readonly Member[] | null> {
  const result = await session.call({ kind: 'getData', path: CONFIG_PATH, watch: false });
  if (result.kind !== 'data' || result.data === null) return null;
  return parseConfigText(new TextDecoder().decode(result.data)).members;
}

async function reconfigure(session: ClientSession, members: readonly Member[]): Promise<boolean> {
  const newMembers = textOf(members);
  const request = { joining: null, leaving: null, newMembers, currentConfigId: -1n };
  const result: Result = await session.call({ kind: 'reconfig', ...request });
  return result.kind !== 'error';
}

/** The lines of members, without that of the version. */
function textOf(members: readonly Member[]): string {
  const lines = configText(members, 0n).split('\n');
  return lines.filter((line) => line.startsWith('server.')).join('\n');
}
