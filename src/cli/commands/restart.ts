import { resolve } from 'node:path';
import { EngineError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest-name.ts';
import { sleep } from '../../io/clock.ts';
import { nodeClock } from '../../io/node-clock.ts';
import { readConfiguration } from '../configuration.ts';
import { type ListedProcess, readProcessList } from '../process-list.ts';
import { durationText, print } from '../terminal.ts';
import { instancesOf } from '../topology.ts';

const RESTART_TIMEOUT_MS = 120_000;
const POLL_MS = 50;

/**
 * `nyala restart`: ends the processes that `nyala up` runs and waits until each is back before the
 * next, so that the cluster answers all the time.
 *
 * @param names of the processes; all of them when there is none.
 */
export async function restart(
  names: readonly string[],
  options: { readonly topology: string },
): Promise<void> {
  const configuration = await readConfiguration(options.topology);
  const directory = resolve(configuration.data);
  const known = instancesOf(configuration).map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new EngineError(
      'NOT_FOUND',
      `restart: no process ${unknown}${didYouMean(unknown, known)}; there are ${known.join(', ')}`,
    );
  }
  for (const name of names.length === 0 ? known : names) await restartOne(directory, name);
}

async function restartOne(directory: string, name: string): Promise<void> {
  const startedAtMs = nodeClock.monotonicMs();
  const before = await listedProcess(directory, name);
  if (before.processId !== null) process.kill(before.processId, 'SIGTERM');
  for (;;) {
    const { processId, isReady } = await listedProcess(directory, name);
    const tookMs = nodeClock.monotonicMs() - startedAtMs;
    if (isReady && processId !== before.processId) {
      print(`${name} is back after ${durationText(tookMs)}`);
      return;
    }
    if (tookMs > RESTART_TIMEOUT_MS) {
      const waited = durationText(RESTART_TIMEOUT_MS);
      throw new EngineError('TIMEOUT', `restart: ${name} was not back within ${waited}`);
    }
    await sleep(nodeClock, POLL_MS);
  }
}

async function listedProcess(directory: string, name: string): Promise<ListedProcess> {
  const found = (await readProcessList(directory)).find((process) => process.name === name);
  if (found !== undefined) return found;
  throw new EngineError(
    'SERVER_UNAVAILABLE',
    `restart: no process ${name} with data in ${directory}; start it with nyala up`,
  );
}
