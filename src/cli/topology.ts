import { resolve } from 'node:path';
import { EngineError } from '../base/errors.ts';
import type { Address } from '../io/network.ts';
import type { Configuration } from './configuration.ts';

/** The roles in the order in which they start; they stop in the reverse one. */
export const ROLES = ['coordinator', 'controller', 'server', 'broker'] as const;

/** A kind of process. */
export type Role = (typeof ROLES)[number];

/** One process of a cluster. */
export interface Instance {
  /** The role and a number from 1: `server-2`; also the name of its folder and of its log. */
  readonly name: string;
  readonly role: Role;
  /** Where it listens for clients: for a coordinator ZooKeeper's protocol, for others HTTP. */
  readonly address: Address;
  /** The command line that runs it, after `nyala`. */
  readonly args: readonly string[];
}

/** Between the ports of one process of a role and of the next; coordinators follow each other by one. */
const PORT_STEP = 100;

/**
 * The processes that a configuration asks for, in the order in which they start.
 *
 * @throws EngineError BAD_REQUEST when two would listen on the same port, or one on none.
 */
export function instancesOf(configuration: Configuration): Instance[] {
  const { topology } = configuration;
  const counts: Record<Role, number> = {
    coordinator: topology.coordinators,
    controller: topology.controllers,
    server: topology.servers,
    broker: topology.brokers,
  };
  const instances = ROLES.flatMap((role) =>
    Array.from({ length: counts[role] }, (_, index) => instanceOf(configuration, role, index)),
  );
  checkPorts(instances, configuration);
  return instances;
}

/** The coordinators' addresses, as roles and clients take them. */
export function coordinatorList({ host, coordinator, topology }: Configuration): string {
  return Array.from(
    { length: topology.coordinators },
    (_, index) => `${host}:${coordinator.port + index}`,
  ).join(',');
}

function instanceOf(configuration: Configuration, role: Role, index: number): Instance {
  const { host, data } = configuration;
  const step = role === 'coordinator' ? 1 : PORT_STEP;
  const port = configuration[role].port + index * step;
  const name = `${role}-${index + 1}`;
  const folder = ['--data', `${resolve(data)}/${name}`];
  const exposure = configuration.allowRemote ? ['--allow-remote'] : [];
  const place = ['--coord', coordinatorList(configuration), '--host', host, '--port', `${port}`];
  return {
    name,
    role,
    address: { host, port },
    args:
      role === 'coordinator'
        ? ['coord', ...folder, ...exposure, ...coordinatorArgs(configuration, index)]
        : [
            ...[role, ...place, ...exposure],
            ...(role === 'broker' ? [] : folder),
            ...roleArgs(configuration, role),
          ],
  };
}

function coordinatorArgs({ host, coordinator, topology }: Configuration, index: number): string[] {
  const { port, peerPort, httpPort } = coordinator;
  const http = ['--http-port', `${httpPort + index}`];
  if (topology.coordinators === 1) return ['--host', host, '--port', `${port}`, ...http];
  const nodes = Array.from(
    { length: topology.coordinators },
    (_, other) => `${other + 1}=${host}:${peerPort + other}:${port + other}`,
  );
  return ['--id', `${index + 1}`, '--nodes', nodes.join(','), ...http];
}

function roleArgs(configuration: Configuration, role: Role): string[] {
  const { data, log, controller, server, broker } = configuration;
  const logging = ['--log-level', log.level, '--log-format', log.format];
  if (role === 'controller') {
    // Controllers share a deep store, so it is in no folder of one of them.
    const { deepStore = `${resolve(data)}/segments` } = controller;
    const { replication, s3Endpoint, s3Region } = controller;
    return [
      ...logging,
      ...['--replication', `${replication}`],
      ...['--deep-store', deepStore],
      ...(s3Endpoint === undefined ? [] : ['--s3-endpoint', s3Endpoint]),
      ...(s3Region === undefined ? [] : ['--s3-region', s3Region]),
    ];
  }
  if (role === 'broker') return [...logging, ...brokerArgs(broker)];
  if (role !== 'server') return logging;
  const { memory, threads, diskCache } = server;
  return [
    ...logging,
    ...['--memory', `${memory}`, '--threads', `${threads}`, '--disk-cache', `${diskCache}`],
  ];
}

function brokerArgs(broker: Configuration['broker']): string[] {
  const { port, applicationQuotas, ...settings } = broker;
  const flags = Object.entries(settings).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${kebabCase(key)}`, `${value}`],
  );
  const quotas = Object.entries(applicationQuotas).flatMap(([name, rate]) => [
    '--application-quotas',
    `${name}=${rate}`,
  ]);
  return [...flags, ...quotas];
}

function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function checkPorts(instances: readonly Instance[], { coordinator }: Configuration): void {
  const names = new Map<number, string>();
  const take = (name: string, port: number): void => {
    const other = names.get(port);
    if (other !== undefined) {
      throw new EngineError(
        'BAD_REQUEST',
        `topology: ${other} and ${name} would both listen on port ${port}; ` +
          'give one of the roles another port',
      );
    }
    if (port > 65_535) {
      throw new EngineError(
        'BAD_REQUEST',
        `topology: ${name} would listen on port ${port}; ports are 1 to 65535`,
      );
    }
    names.set(port, name);
  };
  for (const { name, address } of instances) take(name, address.port);
  const coordinators = instances.filter(({ role }) => role === 'coordinator');
  for (const [index, { name }] of coordinators.entries()) {
    take(name, coordinator.peerPort + index);
    take(name, coordinator.httpPort + index);
  }
}
