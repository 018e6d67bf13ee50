import { EngineError, errorMessage } from '../base/errors.ts';
import {
  COORDINATOR_LEADERLESS_MS_MAX,
  COORDINATOR_OUTSTANDING_BYTES_MAX,
  COORDINATOR_OUTSTANDING_REQUESTS_MAX,
  COORDINATOR_OUTSTANDING_TOTAL_MAX,
  COORDINATOR_PACKET_BYTES_MAX,
  COORDINATOR_SNAPSHOT_ENTRIES,
} from '../base/limits.ts';
import type { Clock } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import type {
  Address,
  FetchHandler,
  Network,
  TcpConnection,
  TcpListenOptions,
  TlsClientOptions,
} from '../io/network.ts';
import { type Random, randomHex } from '../io/random.ts';
import { type CoordinatorControl, TraceMask } from './admin/control.ts';
import { DEFAULT_WHITELIST, type FourLetterWord, FourLetterWords } from './admin/words.ts';
import type { Authentication } from './auth/authentication.ts';
import { isAllowed } from './core/acl.ts';
import type { ContainerSettings } from './core/containers.ts';
import { EntryFlag, type Identity, Permission } from './core/model.ts';
import type { ClusterConfig, Member } from './core/raft/types.ts';
import { Replica } from './core/replica.ts';
import { type CoordinatorStanding, Driver } from './driver.ts';
import { createCoordinatorHttp, createMetricsHandler } from './http/app.ts';
import { LinkTreeAccess } from './http/tree-access.ts';
import { checkLock, lockDirectory, OWNER_WORD, unlockDirectory } from './lock.ts';
import { NodeStatus } from './node-status.ts';
import { type CoordinatorParts, PRODUCTION_PARTS } from './parts.ts';
import type { ConfigurationEntry } from './status.ts';
import { type ConnectionHandler, ServerConnection } from './zk/connection.ts';

/** What a coordinator needs to run. */
export interface CoordinatorOptions {
  /** Where log and snapshots live; made if missing. */
  readonly directory: string;
  readonly disk: Disk;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** Where to speak ZooKeeper's protocol; port 0 picks a free one. */
  readonly address: Address;
  /** TLS and limits of connections at that address (default: neither). */
  readonly door?: TcpListenOptions;
  /** A second place to speak it, most often with TLS beside one without (default: none). */
  readonly secondDoor?: { readonly address: Address; readonly options: TcpListenOptions };
  /** How clients may say who they are (default: not at all). */
  readonly authentication?: Authentication;
  /** The longest request that is taken, `jute.maxbuffer` (default: see limits). */
  readonly packetBytesMax?: number;
  /** Bits of `EntryFlag` for the requests that this node takes (default 0). */
  readonly entryFlags?: number;
  /** Where to serve the HTTP view, or null for none. */
  readonly httpAddress: Address | null;
  /** Where to serve metrics alone, over HTTP (default: nowhere). */
  readonly metricsAddress?: Address | null;
  /** 1 to 254, the top byte of session ids (default 1). */
  readonly nodeId?: number;
  /** The ensemble as it is when it begins, this node included; without it the node is alone. */
  readonly members?: readonly Member[];
  /** Where to listen for the other members (default: as `members` says). */
  readonly peerAddress?: Address;
  /** TLS between members (default: plaintext). */
  readonly peerTls?: PeerTls;
  /** What a client may ask for (default 4,000: two of ZooKeeper's ticks of two seconds). */
  readonly sessionTimeoutMsMin?: number;
  /** What a client may ask for (default 40,000: twenty of ZooKeeper's ticks). */
  readonly sessionTimeoutMsMax?: number;
  /** Whether clients may change the members (ZooKeeper's `reconfigEnabled`, default false). */
  readonly isReconfigEnabled?: boolean;
  /** False: an ensemble may shrink to one participant (ZooKeeper's `standaloneEnabled`, default true). */
  readonly isStandaloneEnabled?: boolean;
  /** Whether a node that is cut off serves reads (`readonlymode.enabled`, default false). */
  readonly isReadOnlyEnabled?: boolean;
  /** Whether new sessions are known to their node only (`localSessionsEnabled`, default false). */
  readonly isLocalSessionsEnabled?: boolean;
  /** Whether they may own ephemeral nodes (`localSessionsUpgradingEnabled`, default false). */
  readonly isLocalUpgradingEnabled?: boolean;
  /**
   * Requests that may wait for an answer before clients are read from no further (ZooKeeper's
   * `globalOutstandingLimit`; default: see limits).
   */
  readonly outstandingRequestsMax?: number;
  /** Log entries between two snapshots (default: see limits). */
  readonly snapshotEntries?: number;
  /** When unused containers and TTL nodes are deleted, if this node leads (default: ZooKeeper's). */
  readonly containers?: ContainerSettings;
  /** Which four-letter words are answered; see `parseWhitelist` (default srvr and ruok). */
  readonly fourLetterWords?: ReadonlySet<FourLetterWord>;
  /** Where the HTTP door has ZooKeeper's admin commands, or null for nowhere (default /commands). */
  readonly adminCommandUrl?: string | null;
  /** Between two snapshots or restores over HTTP (default 300,000: ZooKeeper's). */
  readonly adminRateLimitMs?: number;
  /** Whether administrators may fetch snapshots over HTTP (default true). */
  readonly isAdminSnapshotEnabled?: boolean;
  /** What `conf` shows, under the keys of zoo.cfg (default: a few of the options). */
  readonly configuration?: readonly ConfigurationEntry[];
  /** Facts about the machine for `envi`, under ZooKeeper's names (default none). */
  readonly environment?: readonly (readonly [key: string, value: string])[];
  /**
   * Told when the node has stopped because it cannot go on, for example because the disk refused a
   * write: what is on disk is unknown then, and only a restart reads it again.
   */
  readonly onFailure?: (error: Error) => void;
  /** Told of what was found and mended, and of what goes wrong without stopping the node. */
  readonly log?: (line: string) => void;
}

/** TLS between members. */
export interface PeerTls {
  /** How members may connect to this one. */
  readonly door: TcpListenOptions;
  /** How this member connects to others; absent: in plaintext, while they change over to TLS. */
  readonly client?: TlsClientOptions;
}

/** A coordinator that runs. Addresses have the real ports. */
export interface RunningCoordinator {
  /** Where it speaks ZooKeeper's protocol. */
  readonly address: Address;
  /** The second such place. */
  readonly secondAddress: Address | null;
  readonly httpAddress: Address | null;
  readonly metricsAddress: Address | null;
  /** How it stands with the others. */
  standing(): CoordinatorStanding;
  /** Asks another member to lead, if this node does. */
  transferLeadership(to: number): void;
  /** Ends all connections and lets go of the directory. Sessions live on for the next start. */
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

const TOKEN_BYTES = 16;

/**
 * Starts a member of an ensemble, or a node that is alone. Alone it serves, recovered from its
 * directory, when this resolves; with others it serves once enough of them are there.
 *
 * @throws EngineError ADDRESS_IN_USE for a taken port; CONFLICT when another process holds the
 *   directory; CORRUPT_DATA when the directory of a node that is alone is damaged.
 */
export async function startCoordinator(
  options: CoordinatorOptions,
  parts: CoordinatorParts = PRODUCTION_PARTS,
): Promise<RunningCoordinator> {
  const token = randomHex(options.random, TOKEN_BYTES);
  /** What is open, to be closed from the end. */
  const opened: Closable[] = [
    { close: () => unlockDirectory(options.disk, options.directory, token) },
  ];
  const close = once(async () => {
    for (const resource of opened.reverse()) await resource.close();
  });
  const keep = <R extends Closable | null>(resource: R): R => {
    if (resource !== null) opened.push(resource);
    return resource;
  };
  try {
    const doors = await openDoors(options, token, keep);
    const { address, secondAddress } = doors;
    await lockDirectory(options, options.directory, { token, address, askAt: doors.ownerAddress });
    const traceMask = new TraceMask();
    const { driver, replica, status } = await recover(options, parts, {
      token,
      traceMask,
      address,
    });
    keep(driver);
    const peers = keep(await listenToPeers(options, driver));
    driver.start((error) => fail(options, error, close));
    if (peers === null) await driver.untilServing();
    const control = controlOf(options, driver, replica);
    const http = keep(await serveHttpDoor(options, { driver, status, control, traceMask }));
    const metrics = keep(await serveMetrics(options, createMetricsHandler(status)));
    doors.letClientsIn((connection) => driver.accept(connection));
    return {
      address,
      secondAddress,
      httpAddress: http?.address ?? null,
      metricsAddress: metrics?.address ?? null,
      standing: () => driver.standing(),
      transferLeadership: (to) => driver.take({ kind: 'transferLeadership', to }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The doors for clients. */
interface ClientDoors {
  readonly address: Address;
  readonly secondAddress: Address | null;
  /** Where whoever wants the data directory can ask who holds it. */
  readonly ownerAddress: Address;
  /** From now on connections are handed out; until then they hear of the owner only. */
  letClientsIn(accept: (connection: TcpConnection) => void): void;
}

async function openDoors(
  options: CoordinatorOptions,
  token: string,
  keep: <R extends Closable>(resource: R) => R,
): Promise<ClientDoors> {
  const { network, clock, address, door, secondDoor } = options;
  const answerOwner = (tcp: TcpConnection): void => answerOwnerOnly(tcp, token, clock);
  let accept = answerOwner;
  const listen = async (at: Address, settings?: TcpListenOptions): Promise<Address> =>
    keep(await network.listenTcp(at, (connection) => accept(connection), settings)).address;
  const first = await listen(address, door);
  const second = secondDoor && (await listen(secondDoor.address, secondDoor.options));
  // A door that turns people away could hide that the directory has an owner.
  const isForAll = door?.tls === undefined && door?.admission === undefined;
  const ownerAddress = isForAll
    ? first
    : keep(await network.listenTcp({ host: askableHost(address), port: 0 }, answerOwner)).address;
  return {
    address: first,
    secondAddress: second ?? null,
    ownerAddress,
    letClientsIn: (acceptClient) => {
      accept = acceptClient;
    },
  };
}

/** A host to connect to: where a node listens on all addresses, that is this machine. */
function askableHost({ host }: Address): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

async function recover(
  options: CoordinatorOptions,
  parts: CoordinatorParts,
  doors: { readonly token: string; readonly traceMask: TraceMask; readonly address: Address },
): Promise<{ driver: Driver; replica: Replica; status: NodeStatus }> {
  const { token, traceMask, address } = doors;
  const { disk, directory, random } = options;
  const nodeId = options.nodeId ?? 1;
  const log = options.log ?? (() => {});
  const { storage, stored, findings } = await parts.openStorage({ disk, directory });
  try {
    await checkLock(disk, directory, token);
    const isDamaged = stored.standing === 'damaged';
    if (isDamaged && isAlone(options)) throw damaged(directory, findings);
    for (const finding of findings) log(finding);
    const replica = new Replica({
      nodeId,
      stored,
      bootstrapConfig: bootstrapConfig(options),
      sessionTimeoutMsMin: options.sessionTimeoutMsMin ?? 4_000,
      sessionTimeoutMsMax: options.sessionTimeoutMsMax ?? 40_000,
      entryFlags: options.entryFlags ?? 0,
      isReconfigEnabled: options.isReconfigEnabled ?? false,
      participantsMin: options.isStandaloneEnabled === false ? 1 : 2,
      leaderlessMsMax: COORDINATOR_LEADERLESS_MS_MAX,
      ...(options.containers === undefined ? {} : { containers: options.containers }),
      isReadOnlyEnabled: options.isReadOnlyEnabled ?? false,
      isLocalSessionsEnabled: options.isLocalSessionsEnabled ?? false,
      isLocalUpgradingEnabled: options.isLocalUpgradingEnabled ?? false,
      codec: parts.codec,
      random: () => new DataView(random.bytes(4).buffer).getUint32(0),
      parts,
    });
    const { network, clock } = options;
    const configuration = configurationOf(options, address);
    const environment = options.environment ?? [];
    const { snapshot } = stored;
    const facts = { nodeId, configuration, environment, snapshot };
    const status = new NodeStatus({ replica, clock, storage, ...facts });
    const whitelist = options.fourLetterWords ?? DEFAULT_WHITELIST;
    const driver = new Driver({
      nodeId,
      replica,
      storage,
      network,
      clock,
      random,
      authentication: options.authentication ?? null,
      throttle: {
        connectionRequestsMax: COORDINATOR_OUTSTANDING_REQUESTS_MAX,
        requestsMax: options.outstandingRequestsMax ?? COORDINATOR_OUTSTANDING_TOTAL_MAX,
        bytesMax: COORDINATOR_OUTSTANDING_BYTES_MAX,
      },
      packetBytesMax: options.packetBytesMax ?? COORDINATOR_PACKET_BYTES_MAX,
      snapshotEntries: options.snapshotEntries ?? COORDINATOR_SNAPSHOT_ENTRIES,
      peerTls: options.peerTls?.client,
      mayOthersJoin: options.isReconfigEnabled ?? false,
      isSound: stored.standing === 'sound',
      log,
      status,
      words: wordsWithOwner(new FourLetterWords({ status, whitelist, traceMask }), token),
    });
    return { driver, replica, status };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function isAlone(options: CoordinatorOptions): boolean {
  return (options.members?.length ?? 1) === 1;
}

function bootstrapConfig(options: CoordinatorOptions): ClusterConfig {
  const alone: Member = {
    id: options.nodeId ?? 1,
    role: 'participant',
    peerHost: options.address.host,
    peerPort: 0,
    electionPort: 0,
    clientHost: options.address.host,
    clientPort: options.address.port,
  };
  const members = [...(options.members ?? [alone])].sort((left, right) => left.id - right.id);
  return { members, outgoingVoters: [] };
}

/** Listens for the other members; null for a node that has none. */
async function listenToPeers(
  options: CoordinatorOptions,
  driver: Driver,
): Promise<Closable | null> {
  const self = options.members?.find(({ id }) => id === (options.nodeId ?? 1));
  if (self === undefined) return null;
  const address = options.peerAddress ?? { host: self.peerHost, port: self.peerPort };
  const accept = (connection: TcpConnection): void => driver.acceptPeer(connection);
  return options.network.listenTcp(address, accept, options.peerTls?.door);
}

async function serveHttpDoor(
  options: CoordinatorOptions,
  node: {
    readonly driver: Driver;
    readonly status: NodeStatus;
    readonly control: CoordinatorControl;
    readonly traceMask: TraceMask;
  },
) {
  if (options.httpAddress === null) return null;
  const { clock, packetBytesMax = COORDINATOR_PACKET_BYTES_MAX } = options;
  const { driver, status, control, traceMask } = node;
  const network = { connectTcp: async () => driver.connect() };
  const door = createCoordinatorHttp({
    status,
    control,
    access: new LinkTreeAccess({ network, clock, packetBytesMax }),
    traceMask,
    clock,
    commandUrl: options.adminCommandUrl === undefined ? '/commands' : options.adminCommandUrl,
    rateLimitIntervalMs: options.adminRateLimitMs ?? 300_000,
    onInternalError: (error) => options.log?.(`coord: http: ${errorMessage(error)}`),
  });
  const { network: machine, httpAddress } = options;
  const listener = await machine.serveHttp(httpAddress, door.handler, { isSeldomUsed: true });
  const close = (): Promise<void> => {
    door.close();
    return listener.close();
  };
  return { address: listener.address, close };
}

async function serveMetrics(options: CoordinatorOptions, handler: FetchHandler) {
  const { network, metricsAddress = null } = options;
  if (metricsAddress === null) return null;
  return network.serveHttp(metricsAddress, handler, { isSeldomUsed: true });
}

function controlOf(
  options: CoordinatorOptions,
  driver: Driver,
  replica: Replica,
): CoordinatorControl {
  return {
    authenticate: async ({ scheme, auth }) => {
      const peer = { host: null, certificateSubject: null };
      return options.authentication?.connect(peer).authenticate(scheme, auth) ?? null;
    },
    mayAdminister: (identities) => mayAdminister(replica, identities),
    shedConnections: (percentage) => driver.shedConnections(percentage),
    takeSnapshot: async () => {
      if (options.isAdminSnapshotEnabled === false) return null;
      const { index, bytes } = replica.takeSnapshot();
      return { zxid: BigInt(index), bytes };
    },
    restoreSnapshot: () => Promise.reject(noRestore()),
  };
}

/** Whether somebody has each permission on the root, by whichever entry of its list. */
function mayAdminister(replica: Replica, identities: readonly Identity[]): boolean {
  if ((replica.entryFlags & EntryFlag.SKIP_ACL) !== 0) return true;
  const { acl } = replica.state.tree.get('/')!;
  const { READ, WRITE, CREATE, DELETE, ADMIN } = Permission;
  return [READ, WRITE, CREATE, DELETE, ADMIN].every((permission) =>
    isAllowed(acl, permission, identities),
  );
}

function configurationOf(
  options: CoordinatorOptions,
  address: Address,
): readonly ConfigurationEntry[] {
  if (options.configuration !== undefined) {
    return options.configuration.map(([key, value]) => [
      key,
      key === 'clientPort' ? address.port : value,
    ]);
  }
  return [
    ['clientPort', address.port],
    ['dataDir', options.directory],
    ['dataLogDir', options.directory],
    ['minSessionTimeout', options.sessionTimeoutMsMin ?? 4_000],
    ['maxSessionTimeout', options.sessionTimeoutMsMax ?? 40_000],
    ['serverId', options.nodeId ?? 1],
  ];
}

/** The words of ZooKeeper and ours, which says who holds the data directory. */
function wordsWithOwner(
  words: FourLetterWords,
  token: string,
): Pick<FourLetterWords, 'answer' | 'argumentBytes'> {
  return {
    argumentBytes: (word) => words.argumentBytes(word),
    answer: (word, argument) => (word === OWNER_WORD ? token : words.answer(word, argument)),
  };
}

/** Stops for good. Without anybody to tell, the error ends the process as an unhandled one. */
function fail(options: CoordinatorOptions, error: Error, close: () => Promise<void>): void {
  const report = (failure: Error): void => {
    if (options.onFailure === undefined) throw failure;
    options.onFailure(failure);
  };
  void close().then(
    () => report(error),
    (closeError) => report(new AggregateError([error, closeError], error.message)),
  );
}

// Before recovery is done the node only says who it is; clients are sent away and try again.
function answerOwnerOnly(tcp: TcpConnection, token: string, clock: Clock): void {
  const whitelist = DEFAULT_WHITELIST;
  const traceMask = new TraceMask();
  const words = wordsWithOwner(new FourLetterWords({ status: null, whitelist, traceMask }), token);
  const handler: ConnectionHandler = {
    onPacket: () => {},
    commandArgumentBytes: (word) => words.argumentBytes(word),
    onCommand: (word, argument) => words.answer(word, argument),
    onHandshake: () => connection.end(),
    onPing: () => connection.end(),
    onRequest: () => connection.end(),
    onClose: () => {},
  };
  const connection = new ServerConnection(tcp, handler, { authenticator: null, clock });
}

function noRestore(): EngineError {
  return new EngineError(
    'NOT_SUPPORTED',
    'coord: restoring a node that runs is not supported; stop all nodes, give each an empty data ' +
      'folder, and use nyala coord restore for each',
  );
}

function damaged(directory: string, findings: readonly string[]): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `coord: data directory ${directory} is damaged and there is no other node to mend it: ` +
      `${findings.join('; ')}; restore it from a copy`,
  );
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => {
    running ??= action();
    return running;
  };
}
