import { resolve } from 'node:path';
import Table from 'cli-table3';
import { EngineError } from '../../base/errors.ts';
import { askStatus } from '../../coord/tools/status.ts';
import { nodeClock } from '../../io/node-clock.ts';
import { nodeNetwork } from '../../io/node-network.ts';
import { readConfiguration } from '../configuration.ts';
import { readProcessList } from '../process-list.ts';
import { print } from '../terminal.ts';
import { type Instance, instancesOf } from '../topology.ts';

const HEALTH_TIMEOUT_MS = 2_000;

/** What is known of a process of a topology. */
interface InstanceStatus {
  readonly name: string;
  readonly address: string;
  readonly processId: number | null;
  /** `leader`, `follower`, `standalone`, `up` or `down`. */
  readonly state: string;
}

/** `nyala status`: one line for each process of a topology, and a failure when one is down. */
export async function status(options: {
  readonly topology: string;
  readonly format: 'table' | 'json';
}): Promise<void> {
  const configuration = await readConfiguration(options.topology);
  const listed = await readProcessList(resolve(configuration.data));
  const processIds = new Map(listed.map(({ name, processId }) => [name, processId]));
  const statuses = await Promise.all(
    instancesOf(configuration).map(async (instance) => ({
      name: instance.name,
      address: `${instance.address.host}:${instance.address.port}`,
      processId: processIds.get(instance.name) ?? null,
      state: await stateOf(instance),
    })),
  );
  print(options.format === 'json' ? JSON.stringify(statuses, null, 2) : tableText(statuses));
  const down = statuses.filter(({ state }) => state === 'down').map(({ name }) => name);
  if (down.length > 0) throw new EngineError('SERVER_UNAVAILABLE', `down: ${down.join(', ')}`);
}

async function stateOf({ role, address }: Instance): Promise<string> {
  if (role === 'coordinator') {
    const answer = await askStatus({ network: nodeNetwork, clock: nodeClock }, address);
    return answer.role ?? 'down';
  }
  const client = nodeNetwork.httpClient(address);
  try {
    const request = { method: 'GET', path: '/health', timeoutMs: HEALTH_TIMEOUT_MS } as const;
    return (await client.request(request)).status === 200 ? 'up' : 'down';
  } catch (error) {
    if (error instanceof EngineError) return 'down';
    throw error;
  } finally {
    await client.close();
  }
}

function tableText(statuses: readonly InstanceStatus[]): string {
  const table = new Table({
    head: ['process', 'address', 'pid', 'state'],
    colAligns: ['left', 'left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, address, processId, state } of statuses) {
    table.push([name, address, processId ?? '', state]);
  }
  return table.toString();
}
