import Table from 'cli-table3';
import { EngineError } from '../../base/errors.ts';
import type { CoordinatorAddress } from '../../coord/cluster/role-session.ts';
import { askStatus, hasLeader, type NodeStatus } from '../../coord/tools/status.ts';
import { nodeClock } from '../../io/node-clock.ts';
import { nodeNetwork } from '../../io/node-network.ts';
import { countText, print } from '../terminal.ts';

/** `nyala coord status`: one line for each node, and a failure when none leads. */
export async function status(options: {
  readonly coord: CoordinatorAddress;
  readonly format?: 'table' | 'json';
}): Promise<void> {
  const host = { network: nodeNetwork, clock: nodeClock };
  const nodes = await Promise.all(
    options.coord.addresses.map((address) => askStatus(host, address)),
  );
  print(options.format === 'json' ? jsonText(nodes) : tableText(nodes));
  if (!hasLeader(nodes)) throw new EngineError('SERVER_UNAVAILABLE', 'coord: no node leads');
}

function jsonText(nodes: readonly NodeStatus[]): string {
  return JSON.stringify(
    nodes.map(({ address, ...facts }) => ({ node: nameOf(address), ...facts })),
    null,
    2,
  );
}

function tableText(nodes: readonly NodeStatus[]): string {
  const table = new Table({
    head: ['node', 'role', 'zxid', 'connections', 'outstanding', 'latency ms', 'nodes', 'version'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  const number = (value: number | null) => (value === null ? '' : countText(value));
  for (const node of nodes) {
    table.push([
      nameOf(node.address),
      node.role ?? 'unreachable',
      node.zxid ?? '',
      number(node.connections),
      number(node.outstanding),
      node.latencyMs?.join(' / ') ?? '',
      number(node.nodes),
      node.version ?? '',
    ]);
  }
  const problems = nodes
    .filter(({ problem }) => problem !== null)
    .map(({ address, problem }) => `${nameOf(address)}: ${problem}`);
  return [table.toString(), ...problems].join('\n');
}

function nameOf({ host, port }: NodeStatus['address']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
