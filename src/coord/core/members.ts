import { EngineError } from '../../base/errors.ts';
import { ErrorNumber } from './error-codes.ts';
import type { ReconfigRequest } from './model.ts';
import type { Member } from './raft/types.ts';

/*
 * ZooKeeper writes a member as `server.N=host:port:electionPort[:role][;[clientHost:]clientPort]`,
 * IPv6 addresses in brackets, and a configuration as one line for each and `version=<hex>` last.
 */

const MEMBER_ID_MAX = 254;
const PORT_MAX = 65_535;
const EVERY_ADDRESS = '0.0.0.0';

/** The members of a configuration, and the zxid of the change that made it. */
export interface ConfigText {
  /** Sorted by id. */
  readonly members: readonly Member[];
  readonly version: bigint;
}

/** The members that a reconfig asks for, or ZooKeeper's error number with the reason. */
export type NextMembers =
  /** Sorted by id. */
  | { readonly kind: 'members'; readonly members: readonly Member[] }
  | { readonly kind: 'error'; readonly error: number; readonly message: string };

/** True for a node that was started without others, and cannot be joined by any. */
export function isStandalone(members: readonly Member[]): boolean {
  return members.every(({ peerPort }) => peerPort === 0);
}

/** A member as ZooKeeper writes it, without `server.N=`. */
export function memberText(member: Member): string {
  const peer = `${bracketed(member.peerHost)}:${member.peerPort}:${member.electionPort}`;
  const client =
    member.clientHost === '' ? '' : `;${bracketed(member.clientHost)}:${member.clientPort}`;
  return `${peer}:${member.role}${client}`;
}

/** What `/zookeeper/config` holds. */
export function configText(members: readonly Member[], version: bigint): string {
  const lines = [...members]
    .sort((left, right) => left.id - right.id)
    .map((member) => `server.${member.id}=${memberText(member)}\n`);
  return `${lines.join('')}version=${BigInt.asUintN(64, version).toString(16)}`;
}

/**
 * Reads what follows `server.N=`.
 *
 * @throws EngineError BAD_REQUEST when the id is none or the text is no member.
 */
export function parseMember(id: number, text: string): Member {
  if (!Number.isInteger(id) || id < 1 || id > MEMBER_ID_MAX) {
    throw refused(`expected a server id from 1 to ${MEMBER_ID_MAX}, found ${id}`);
  }
  const [server = '', client, ...more] = text.split(';');
  const [peerHost, peerPort, electionPort, role, ...rest] = splitAddress(server);
  if (!peerHost || peerPort === undefined || electionPort === undefined) throw malformed(text);
  if (more.length > 0 || rest.length > 0) throw malformed(text);
  const member = {
    id,
    role: parseRole(role),
    peerHost,
    peerPort: parsePort(peerPort),
    electionPort: parsePort(electionPort),
    ...(client === undefined ? { clientHost: '', clientPort: 0 } : parseClient(client, text)),
  };
  if (member.peerPort === member.electionPort) {
    throw refused(`expected two different ports for server.${id}, found ${peerPort} twice`);
  }
  return member;
}

/**
 * Reads a configuration: lines of `server.N=…` and `version=<hex>`, in any order; empty lines and
 * those that begin with `#` or `!` say nothing. Without a version it is 0.
 *
 * @throws EngineError BAD_REQUEST when a line is something else or no member.
 */
export function parseConfigText(text: string): ConfigText {
  const members = new Map<number, Member>();
  let version = 0n;
  for (const line of text.split(/[\r\n]+/).map((untrimmed) => untrimmed.trim())) {
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    const [key, value] = splitOnce(line);
    if (key === 'version' && /^[\da-f]{1,16}$/i.test(value)) version = BigInt(`0x${value}`);
    else {
      const id = parseKey(key);
      members.set(id, parseMember(id, value));
    }
  }
  return { members: sorted(members), version };
}

/**
 * The members after a reconfig, by ZooKeeper's rules: a whole new list, or those that leave and then
 * those that join or change. Ids that leave and are not there are ignored. What it takes from others
 * (rights, version, a quorum that is up to date) is not checked here.
 *
 * @param participantsMin -8 when fewer would be left: 2 with `standaloneEnabled`, 1 without.
 */
export function nextMembers(
  current: readonly Member[],
  request: Pick<ReconfigRequest, 'joining' | 'leaving' | 'newMembers'>,
  participantsMin: number,
): NextMembers {
  try {
    const members =
      request.newMembers === null
        ? changedMembers(current, request.joining, request.leaving)
        : parseConfigText(request.newMembers.replaceAll(',', '\n')).members;
    const participants = members.filter(({ role }) => role === 'participant').length;
    if (participants >= Math.max(participantsMin, 1)) return { kind: 'members', members };
    throw refused(`expected at least ${participantsMin} participants, found ${participants}`);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { kind: 'error', error: ErrorNumber.BAD_ARGUMENTS, message: error.message };
  }
}

function changedMembers(
  current: readonly Member[],
  joining: string | null,
  leaving: string | null,
): readonly Member[] {
  const members = new Map(current.map((member) => [member.id, member]));
  for (const id of splitList(leaving)) members.delete(parseId(id));
  for (const text of splitList(joining)) {
    const [key, value] = splitOnce(text);
    const joiner = parseMember(parseKey(key), value);
    if (joiner.clientHost === '') throw refused(`expected three ports, found '${text}'`);
    members.delete(joiner.id);
    for (const other of members.values()) checkAddresses(joiner, other);
    members.set(joiner.id, joiner);
  }
  return sorted(members);
}

function checkAddresses(joiner: Member, other: Member): void {
  const taken = addressesOf(other);
  for (const address of addressesOf(joiner)) {
    if (!taken.includes(address)) continue;
    throw refused(`${address} of server.${joiner.id} is that of server.${other.id}, too`);
  }
}

// Many may share the loopback and the wildcard address.
function addressesOf(member: Member): string[] {
  const { peerHost, clientHost } = member;
  const isShared = (host: string): boolean =>
    ['', EVERY_ADDRESS, '::', '::1', 'localhost'].includes(host) || host.startsWith('127.');
  return [
    ...(isShared(peerHost)
      ? []
      : [`${peerHost}:${member.peerPort}`, `${peerHost}:${member.electionPort}`]),
    ...(isShared(clientHost) ? [] : [`${clientHost}:${member.clientPort}`]),
  ];
}

function parseKey(key: string): number {
  if (!key.startsWith('server.')) throw refused(`expected server.N=…, found '${key}'`);
  return parseId(key.slice('server.'.length));
}

function parseId(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw refused(`expected a server id, found '${text}'`);
  return Number(text);
}

function parseClient(text: string, whole: string): { clientHost: string; clientPort: number } {
  const parts = splitAddress(text);
  if (parts.length > 2) throw malformed(whole);
  const [first = '', second] = parts;
  return second === undefined
    ? { clientHost: EVERY_ADDRESS, clientPort: parsePort(first) }
    : { clientHost: first, clientPort: parsePort(second) };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : PORT_MAX + 1;
  if (port > PORT_MAX) throw refused(`expected a port up to ${PORT_MAX}, found '${text}'`);
  return port;
}

function parseRole(text: string | undefined): Member['role'] {
  const role = (text ?? 'participant').trim().toLowerCase();
  if (role === 'participant' || role === 'observer') return role;
  throw refused(`expected participant or observer, found '${role}'`);
}

// At colons, but not at those of an address in brackets.
function splitAddress(text: string): string[] {
  const inBrackets = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (inBrackets === null) return text.split(':');
  const [, host = '', rest] = inBrackets;
  return rest === undefined ? [host] : [host, ...rest.split(':')];
}

function splitList(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function splitOnce(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals === -1) throw refused(`expected server.N=…, found '${text}'`);
  return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
}

function sorted(members: ReadonlyMap<number, Member>): Member[] {
  return [...members.values()].sort((left, right) => left.id - right.id);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function malformed(text: string): EngineError {
  return refused(
    `expected host:port:electionPort[:role][;[clientHost:]clientPort], found '${text}'`,
  );
}

function refused(reason: string): EngineError {
  return new EngineError('BAD_REQUEST', `coord: members: ${reason}`);
}
