import { EngineError } from '../../base/errors.ts';
import type { Address } from '../../io/network.ts';
import type { Member } from '../core/raft/types.ts';
import { type MemberSpec, MemberSpecError, parseMemberSpec, parseNodeId } from './member-spec.ts';
import type { ZooCfgFiles } from './properties.ts';
import { Settings } from './settings.ts';

/** Who takes part, who this node is, and where it listens for clients and members. */
export interface Membership {
  readonly nodeId: number;
  readonly isStandalone: boolean;
  /** Sorted by id; of a standalone node only itself. */
  readonly members: readonly Member[];
  readonly client: Address | null;
  readonly secureClient: Address | null;
  readonly peer: Address | null;
  readonly notices: readonly string[];
}

const EVERY_ADDRESS = '0.0.0.0';
const STANDALONE_ID = 1;
const STANDALONE_PEER_PORT = 2888;
const STANDALONE_ELECTION_PORT = 3888;

/**
 * Reads `server.N` from the main or the dynamic file, `myid`, and the client ports. As in ZooKeeper,
 * one `server.N` alone is a standalone node unless `standaloneEnabled` is false.
 */
export function readMembership(settings: Settings, files: ZooCfgFiles): Membership {
  const list = serverList(settings, files);
  const specs = readSpecs(list);
  const voters = specs.filter(({ member }) => member.role === 'participant').length;
  const canBeAlone = settings.flag('standaloneEnabled', true);
  const fallback = doorsOfClient(settings);
  if (specs.length === 0 && canBeAlone) return standalone(settings, files, fallback);
  if (voters === 0) {
    throw new EngineError('BAD_REQUEST', `coord: ${files.main.path}: expected a participant`);
  }
  const isStandalone = specs.length === 1 && canBeAlone;
  const nodeId = isStandalone && files.myid === null ? specs[0]!.member.id : ownId(files);
  const own = specs.find(({ member }) => member.id === nodeId);
  if (own === undefined) {
    throw new EngineError(
      'BAD_REQUEST',
      `coord: ${files.myid?.path ?? 'myid'}: expected the id of a server.N, found ${nodeId}`,
    );
  }
  const client = clientOf(own, fallback.client);
  const secureClient = own.secureClientAddress ?? fallback.secureClient;
  if (client === null && secureClient === null) {
    throw settings.error('clientPort', 'expected the port for clients');
  }
  const listensOnAll = settings.flag('quorumListenOnAllIPs', false);
  const { peerHost, peerPort } = own.member;
  const peer = { host: listensOnAll ? EVERY_ADDRESS : peerHost, port: peerPort };
  return {
    nodeId,
    isStandalone,
    members: specs.map((spec) => (spec === own ? withClient(spec.member, client) : spec.member)),
    client,
    secureClient,
    peer: isStandalone ? null : peer,
    notices: noticesAbout(settings, own.member, voters),
  };
}

/** `server.N` stand in the dynamic file when there is one, and then nowhere else. */
function serverList(settings: Settings, files: ZooCfgFiles): Settings {
  settings.text('dynamicConfigFile');
  if (files.dynamic === null) return settings;
  for (const prefix of ['server.', 'group.', 'weight.']) {
    for (const { key } of settings.withPrefix(prefix)) {
      throw settings.error(key, 'expected it in the file that dynamicConfigFile names');
    }
  }
  const dynamic = new Settings(files.dynamic);
  dynamic.text('version');
  dynamic.withPrefix('server.');
  refuseWeights(dynamic);
  dynamic.expectNoOthers();
  return dynamic;
}

function refuseWeights(list: Settings): void {
  for (const prefix of ['group.', 'weight.']) {
    for (const { key } of list.withPrefix(prefix)) {
      const problem = 'groups and weights of servers are not supported; every server has one vote';
      throw list.error(key, problem, 'NOT_SUPPORTED');
    }
  }
}

function readSpecs(list: Settings): MemberSpec[] {
  refuseWeights(list);
  const specs = list.withPrefix('server.').map(({ key, value }) => {
    try {
      return parseMemberSpec(parseNodeId(key.slice('server.'.length)), value);
    } catch (error) {
      if (!(error instanceof MemberSpecError)) throw error;
      throw list.error(key, error.message, error.isUnsupported ? 'NOT_SUPPORTED' : 'BAD_REQUEST');
    }
  });
  return specs.sort((left, right) => left.member.id - right.member.id);
}

function standalone(
  settings: Settings,
  files: ZooCfgFiles,
  { client, secureClient }: Doors,
): Membership {
  settings.flag('quorumListenOnAllIPs', false);
  settings.text('peerType');
  if (client === null && secureClient === null) {
    throw settings.error('clientPort', 'expected the port for clients');
  }
  const nodeId = files.myid === null ? STANDALONE_ID : ownId(files);
  const member = aloneMember(nodeId, client);
  return {
    ...{ nodeId, isStandalone: true, members: [member] },
    ...{ client, secureClient, peer: null, notices: [] },
  };
}

/** The one member of a standalone node. */
export function aloneMember(nodeId: number, client: Address | null): Member {
  return {
    id: nodeId,
    role: 'participant',
    peerHost: '127.0.0.1',
    peerPort: STANDALONE_PEER_PORT,
    electionPort: STANDALONE_ELECTION_PORT,
    clientHost: client?.host ?? '',
    clientPort: client?.port ?? 0,
  };
}

function ownId({ myid, main }: ZooCfgFiles): number {
  if (myid === null) {
    throw new EngineError(
      'BAD_REQUEST',
      `coord: ${main.path}: expected a file myid with this node's id in dataDir, found none`,
    );
  }
  const text = myid.text.split('\n', 1)[0]!.trim();
  try {
    return parseNodeId(text);
  } catch (error) {
    if (!(error instanceof MemberSpecError)) throw error;
    const found = JSON.stringify(text);
    throw new EngineError('BAD_REQUEST', `coord: ${myid.path}:1: ${error.message}, found ${found}`);
  }
}

interface Doors {
  readonly client: Address | null;
  readonly secureClient: Address | null;
}

function doorsOfClient(settings: Settings): Doors {
  return {
    client: door(settings, 'clientPort'),
    secureClient: door(settings, 'secureClientPort'),
  };
}

function door(settings: Settings, portKey: string): Address | null {
  const hostKey = `${portKey}Address`;
  const host = settings.text(hostKey);
  const port = settings.port(portKey, null);
  if (port !== null) return { host: host ?? EVERY_ADDRESS, port };
  if (host !== null) throw settings.error(hostKey, `expected ${portKey} beside it`);
  return null;
}

/** The own `server.N` goes before `clientPort`, which may not contradict it. */
function clientOf({ member }: MemberSpec, fallback: Address | null): Address | null {
  if (member.clientPort === 0) return fallback;
  const own = { host: member.clientHost, port: member.clientPort };
  if (fallback === null) return own;
  const isSame =
    fallback.port === own.port && (fallback.host === EVERY_ADDRESS || fallback.host === own.host);
  if (isSame) return own;
  throw new EngineError(
    'BAD_REQUEST',
    `coord: server.${member.id} takes clients at ${own.host}:${own.port} and clientPort says ` +
      `${fallback.host}:${fallback.port}; remove one of them`,
  );
}

function withClient(member: Member, client: Address | null): Member {
  return client === null ? member : { ...member, clientHost: client.host, clientPort: client.port };
}

function noticesAbout(settings: Settings, own: Member, voters: number): string[] {
  const notices: string[] = [];
  const written = settings.choice('peerType', ['participant', 'observer'], own.role);
  if (written !== own.role) {
    notices.push(`peerType says ${written} and the list of servers ${own.role}; the list counts`);
  }
  if (voters === 2) notices.push('two participants survive no failure; three survive one');
  else if (voters % 2 === 0) {
    notices.push(`${voters} participants survive no more failures than ${voters - 1}`);
  }
  return notices;
}
