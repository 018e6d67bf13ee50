import { EngineError } from '../base/errors.ts';
import { BROKER_SIGHT_TIMEOUT_MS } from '../base/limits.ts';
import type { LiveNode } from '../coord/cluster/paths.ts';
import { type Clock, sleep } from '../io/clock.ts';
import type { Network } from '../io/network.ts';

const POLL_MS = 5;

/**
 * Waits until brokers route a table by a version of its routing, so that whoever is told that a load
 * is done finds it in the next query. Brokers that do not answer are not waited for: they learn of
 * it when they are back.
 */
export async function untilBrokersSee(
  io: { readonly network: Network; readonly clock: Clock },
  brokers: Iterable<LiveNode>,
  table: string,
  version: number,
): Promise<void> {
  await Promise.all([...brokers].map((broker) => untilSeen(io, broker, table, version)));
}

async function untilSeen(
  { network, clock }: { readonly network: Network; readonly clock: Clock },
  broker: LiveNode,
  table: string,
  version: number,
): Promise<void> {
  const client = network.httpClient(broker);
  const deadlineMs = clock.monotonicMs() + BROKER_SIGHT_TIMEOUT_MS;
  try {
    for (;;) {
      const timeoutMs = deadlineMs - clock.monotonicMs();
      if (timeoutMs <= 0) return;
      const path = `/v1/routing/${encodeURIComponent(table)}`;
      const { body, status } = await client.request({ method: 'GET', path, timeoutMs });
      if (status === 200 && JSON.parse(new TextDecoder().decode(body)).version >= version) return;
      await sleep(clock, POLL_MS);
    }
  } catch (error) {
    const isAway = error instanceof EngineError || error instanceof SyntaxError;
    if (!isAway) throw error;
  } finally {
    await client.close();
  }
}
