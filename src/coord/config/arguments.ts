import { EngineError } from '../../base/errors.ts';
import { COORDINATOR_SESSION_TIMEOUT_MS_MIN } from '../../base/limits.ts';
import type { Member } from '../core/raft/types.ts';
import type { CoordinatorConfig } from './coordinator-config.ts';
import { MemberSpecError, parseNodeArgument } from './member-spec.ts';
import { parseProperties } from './properties.ts';
import { aloneMember } from './server-list.ts';
import { configOfZooCfg } from './zoo-cfg.ts';

/** A node as the command line describes it. Null: not given. */
export interface CoordinatorArguments {
  readonly dataDirectory: string;
  /** `--id`. */
  readonly nodeId: number | null;
  /** `--nodes`: `N=HOST:PEERPORT:CLIENTPORT[:observer],…`. */
  readonly nodes: string | null;
  /** `--host`: where to listen instead of the own entry's host, or of 127.0.0.1. */
  readonly host: string | null;
  /** `--port`: for clients, instead of the own entry's. 0 picks a free one. */
  readonly port: number | null;
  /** `--peer-port`: where to listen for members, instead of the own entry's. */
  readonly peerPort: number | null;
  /** `--http-port`. */
  readonly httpPort: number | null;
  /** Added to every default port. */
  readonly portOffset: number;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_CLIENT_PORT = 2181;
const DEFAULT_HTTP_PORT = 8080;
/** As in ZooKeeper's samples. */
const TICK_MS = 2_000;

/**
 * The configuration of a node without a file. Everything that the command line has no option for is
 * as in an empty zoo.cfg, with ticks of two seconds as in ZooKeeper's samples. The shortest session is
 * not two of them, because a standby controller cannot wait that long. `ruok` is answered, for the sign
 * of life of container platforms, and connections are not counted by their address, because all that
 * runs on one machine has the same.
 *
 * @throws EngineError BAD_REQUEST when the arguments contradict each other.
 */
export function configOfArguments(given: CoordinatorArguments): CoordinatorConfig {
  const members = given.nodes === null ? [] : parseNodes(given.nodes);
  const own = members.length === 0 ? null : ownMember(members, given.nodeId);
  const host = given.host ?? own?.peerHost ?? DEFAULT_HOST;
  const client = {
    host: given.host ?? own?.clientHost ?? DEFAULT_HOST,
    port: given.port ?? own?.clientPort ?? shifted(DEFAULT_CLIENT_PORT, given, 'clients'),
  };
  const isStandalone = own === null;
  const nodeId = own?.id ?? given.nodeId ?? 1;
  return {
    ...defaultConfig(given.dataDirectory),
    nodeId,
    isStandalone,
    members: isStandalone ? [aloneMember(nodeId, client)] : members,
    listen: {
      client,
      secureClient: null,
      peer: isStandalone ? null : { host, port: given.peerPort ?? own.peerPort },
      http: { host, port: given.httpPort ?? shifted(DEFAULT_HTTP_PORT, given, 'HTTP') },
      metrics: null,
      clientBacklog: -1,
    },
  };
}

function defaultConfig(dataDirectory: string): CoordinatorConfig {
  const properties = [
    { key: 'dataDir', value: dataDirectory, line: 1 },
    { key: 'tickTime', value: String(TICK_MS), line: 2 },
    { key: 'clientPort', value: String(DEFAULT_CLIENT_PORT), line: 3 },
    { key: '4lw.commands.whitelist', value: 'srvr, ruok', line: 4 },
    { key: 'maxClientCnxns', value: '0', line: 5 },
    { key: 'minSessionTimeout', value: String(COORDINATOR_SESSION_TIMEOUT_MS_MIN), line: 6 },
  ];
  const main = { ...parseProperties('command line', ''), properties };
  return configOfZooCfg({ main, dynamic: null, myid: null }).config;
}

function parseNodes(text: string): Member[] {
  const members = text
    .split(',')
    .map(parseNode)
    .sort((left, right) => left.id - right.id);
  const twice = members.find(({ id }, index) => members[index + 1]?.id === id);
  if (twice !== undefined) {
    throw new EngineError('BAD_REQUEST', `coord: --nodes: node ${twice.id} is there twice`);
  }
  if (members.some(({ role }) => role === 'participant')) return members;
  throw new EngineError('BAD_REQUEST', 'coord: --nodes: expected a node that is no observer');
}

function parseNode(item: string): Member {
  try {
    return parseNodeArgument(item);
  } catch (error) {
    if (!(error instanceof MemberSpecError)) throw error;
    throw new EngineError('BAD_REQUEST', `coord: --nodes: ${error.message}`);
  }
}

function ownMember(members: readonly Member[], nodeId: number | null): Member {
  const ids = members.map(({ id }) => id).join(', ');
  if (nodeId === null) {
    throw new EngineError('BAD_REQUEST', `coord: expected --id with --nodes: one of ${ids}`);
  }
  const own = members.find(({ id }) => id === nodeId);
  if (own !== undefined) return own;
  throw new EngineError('BAD_REQUEST', `coord: --id: expected one of ${ids}, found ${nodeId}`);
}

function shifted(port: number, { portOffset }: CoordinatorArguments, what: string): number {
  const result = port + portOffset;
  if (result >= 1 && result <= 65_535) return result;
  throw new EngineError(
    'BAD_REQUEST',
    `coord: --port-offset ${portOffset} puts the port for ${what} at ${result}; ` +
      'ports are 1 to 65535',
  );
}
