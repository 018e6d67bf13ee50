import { EngineError } from '../../base/errors.ts';
import type { Address } from '../../io/network.ts';
import { parseMember } from '../core/members.ts';
import type { Member } from '../core/raft/types.ts';

/** A member as a configuration file describes it. */
export interface MemberSpec {
  readonly member: Member;
  /** Where it takes TLS clients, or null when the specification does not say. */
  readonly secureClientAddress: Address | null;
}

/** Why a text is no specification; the caller knows file and line. */
export class MemberSpecError extends Error {
  override readonly name = 'MemberSpecError';
  readonly isUnsupported: boolean;

  constructor(message: string, isUnsupported = false) {
    super(message);
    this.isUnsupported = isUnsupported;
  }
}

const NODE_ID_MAX = 254;
/** From ZooKeeper's usual port for peers, 2888, to its usual one for elections. */
const ELECTION_PORT_DISTANCE = 1_000;

/**
 * The `N` of `server.N`.
 *
 * @throws MemberSpecError unless it is 1 to 254, the top byte of session ids.
 */
export function parseNodeId(text: string): number {
  const id = Number(text);
  if (/^\d{1,3}$/.test(text) && id >= 1 && id <= NODE_ID_MAX) return id;
  throw new MemberSpecError(`expected a node id from 1 to ${NODE_ID_MAX}`);
}

/**
 * Reads the value of `server.N=…` (ZooKeeper's QuorumPeer.QuorumServer): what a reconfiguration takes,
 * and one more door for TLS clients.
 *
 * @throws MemberSpecError for anything else, and for several addresses between `|`.
 */
export function parseMemberSpec(id: number, text: string): MemberSpec {
  if (text.includes('|')) {
    throw new MemberSpecError('several addresses for one server are not supported; give one', true);
  }
  const [peer = '', client = '', ...secure] = text.split(';').map((part) => part.trim());
  const plain = client === '' ? peer : `${peer};${client}`;
  const member = memberOf(id, plain);
  if (secure.length === 0) return { member, secureClientAddress: null };
  const { clientHost: host, clientPort: port } = memberOf(id, `${peer};${secure.join(';')}`);
  return { member, secureClientAddress: { host, port } };
}

function memberOf(id: number, text: string): Member {
  try {
    return parseMember(id, text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new MemberSpecError(error.message.replace(/^coord: members: /, ''));
  }
}

/**
 * Reads one item of `--nodes`: `N=HOST:PEERPORT:CLIENTPORT[:observer]`.
 *
 * @throws MemberSpecError for anything else.
 */
export function parseNodeArgument(text: string): Member {
  const match = /^(\d+)=(?:\[([^\]]+)\]|([^:=\s[\]]+)):(\d+):(\d+)(?::(\w+))?$/.exec(text.trim());
  if (match === null) {
    throw new MemberSpecError(
      `expected N=HOST:PEERPORT:CLIENTPORT[:observer], found ${JSON.stringify(text)}`,
    );
  }
  const host = match[2] ?? match[3]!;
  const peerPort = parsePort(match[4]!);
  return {
    id: parseNodeId(match[1]!),
    role: parseRole(match[6]),
    peerHost: host,
    peerPort,
    electionPort: electionPortOf(peerPort),
    clientHost: host,
    clientPort: parsePort(match[5]!),
  };
}

/** Nothing listens there; ZooKeeper's clients expect a number that differs from the other. */
function electionPortOf(peerPort: number): number {
  const above = peerPort + ELECTION_PORT_DISTANCE;
  return above > 65_535 ? peerPort - ELECTION_PORT_DISTANCE : above;
}

function parseRole(text: string | undefined): Member['role'] {
  const role = text?.toLowerCase() ?? 'participant';
  if (role === 'participant' || role === 'observer') return role;
  throw new MemberSpecError(`expected participant or observer, found ${JSON.stringify(text)}`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw new MemberSpecError(`expected ports from 1 to 65535, found ${text}`);
}
