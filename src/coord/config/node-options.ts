import { EngineError } from '../../base/errors.ts';
import { CONTAINER_UNUSED_MS_MIN } from '../../base/limits.ts';
import type { Address, TcpListenOptions } from '../../io/network.ts';
import { type FourLetterWord, parseWhitelist } from '../admin/words.ts';
import type { AuthenticationSettings } from '../auth/authentication.ts';
import type { ContainerSettings } from '../core/containers.ts';
import { EntryFlag } from '../core/model.ts';
import type { CoordinatorOptions, PeerTls } from '../node.ts';
import type { ConfigurationEntry } from '../status.ts';
import { ConnectionLimits } from '../zk/connection-limits.ts';
import type {
  AccessConfig,
  ContainersConfig,
  CoordinatorConfig,
  FeaturesConfig,
} from './coordinator-config.ts';
import type { SecretFiles } from './secret-files.ts';
import { tlsClient, tlsDoor } from './tls-options.ts';

/** What of a coordinator's options follows from its configuration. */
export type ConfiguredOptions = Omit<
  CoordinatorOptions,
  'directory' | 'disk' | 'network' | 'clock' | 'random' | 'authentication' | 'environment'
> & { readonly authentication: AuthenticationSettings };

/**
 * The options of a node that is configured so.
 *
 * @throws EngineError NOT_SUPPORTED for what ZooKeeper has and Nyala has not, if passing it over would
 *   weaken the node; BAD_REQUEST when TLS lacks its files.
 */
export function optionsOfConfig(config: CoordinatorConfig, files: SecretFiles): ConfiguredOptions {
  refuseUnsupported(config);
  const { listen, timing, storage, features, admin } = config;
  const [door, secondDoor] = doorsOf(config, files);
  const peerTls = peerTlsOf(config, files);
  return {
    nodeId: config.nodeId,
    ...(config.isStandalone ? {} : { members: config.members }),
    address: door.address,
    door: door.options,
    ...(secondDoor === undefined ? {} : { secondDoor }),
    ...(listen.peer === null ? {} : { peerAddress: listen.peer }),
    ...(peerTls === null ? {} : { peerTls }),
    packetBytesMax: config.limits.packetBytesMax,
    entryFlags: entryFlagsOf(config),
    authentication: authenticationOf(config.access, files),
    httpAddress: listen.http,
    metricsAddress: listen.metrics,
    adminCommandUrl: admin.commandPath,
    adminRateLimitMs: admin.commandIntervalMsMin,
    isAdminSnapshotEnabled: admin.snapshotEnabled,
    fourLetterWords: wordsOf(admin.fourLetterWords, features),
    sessionTimeoutMsMin: timing.sessionTimeoutMsMin,
    sessionTimeoutMsMax: timing.sessionTimeoutMsMax,
    outstandingRequestsMax: config.limits.outstandingRequestsMax,
    snapshotEntries: storage.snapshotEntries,
    containers: containersOf(config.containers),
    isReconfigEnabled: features.reconfig,
    isStandaloneEnabled: features.standalone,
    isReadOnlyEnabled: features.readOnlyMode,
    isLocalSessionsEnabled: features.localSessions,
    isLocalUpgradingEnabled: features.localSessionsUpgrading,
    configuration: configurationOf(config),
  };
}

function refuseUnsupported(config: CoordinatorConfig): void {
  const { admin, features } = config;
  const problems: readonly (readonly [boolean, string])[] = [
    [
      config.logDirectory !== config.dataDirectory,
      'dataLogDir: log and snapshots are in one folder; remove the line, or name dataDir',
    ],
    [admin.forceHttps, 'admin.forceHttps: the HTTP door has no TLS; put a proxy before it'],
    [admin.needClientAuth, 'admin.needClientAuth: the HTTP door has no TLS; put a proxy before it'],
    [features.audit, 'audit.enable: there is no audit log; remove the line'],
  ];
  const found = problems.find(([isWanted]) => isWanted);
  if (found !== undefined) throw new EngineError('NOT_SUPPORTED', `coord: ${found[1]}`);
}

interface Door {
  readonly address: Address;
  readonly options: TcpListenOptions;
}

/** Where clients connect: in plaintext, with TLS, or both. */
function doorsOf(
  { listen, limits, tls }: CoordinatorConfig,
  files: SecretFiles,
): [first: Door, second?: Door] {
  const admission = new ConnectionLimits({
    perHostMax: limits.connectionsPerHostMax,
    totalMax: limits.connectionsMax,
  });
  const plain = listen.client && { address: listen.client, options: { admission } };
  const side = { config: tls.client, stores: files.client, prefix: 'ssl.' };
  const secure = listen.secureClient && {
    address: listen.secureClient,
    options: { ...tlsDoor(side, tls.clientPlainToo), admission },
  };
  if (plain !== null) return secure === null ? [plain] : [plain, secure];
  if (secure !== null) return [secure];
  throw new EngineError('BAD_REQUEST', 'coord: expected clientPort or secureClientPort');
}

/** Null when members talk in plaintext only. */
function peerTlsOf({ tls, listen }: CoordinatorConfig, files: SecretFiles): PeerTls | null {
  const { quorumEnabled, quorumPlainToo } = tls;
  if (listen.peer === null || (!quorumEnabled && !quorumPlainToo)) return null;
  const side = { config: tls.quorum, stores: files.quorum, prefix: 'ssl.quorum.' };
  const door = tlsDoor(side, quorumPlainToo);
  return quorumEnabled ? { door, client: tlsClient(side) } : { door };
}

function entryFlagsOf({ features, access }: CoordinatorConfig): number {
  return (
    (features.extendedTypes ? EntryFlag.EXTENDED_TYPES : 0) |
    (features.enforceQuota ? EntryFlag.ENFORCE_QUOTA : 0) |
    (access.skipAcl ? EntryFlag.SKIP_ACL : 0)
  );
}

function authenticationOf(
  access: AccessConfig,
  { saslUsers }: SecretFiles,
): AuthenticationSettings {
  const { digestEnabled, digestAlgorithm, superDigest, x509SuperUser, sasl } = access;
  const digest = { digestAlgorithm, ...(superDigest === null ? {} : { superDigest }) };
  return {
    digest: digestEnabled ? digest : null,
    ...(x509SuperUser === null ? {} : { x509SuperUser }),
    ...(saslUsers === null ? {} : { saslUsers }),
    saslSuperUsers: sasl?.superUser == null ? [] : [sasl.superUser],
    isSaslFailureTolerated: sasl?.isFailureTolerated ?? false,
    requiredSchemes: requiredSchemes(access),
  };
}

function requiredSchemes({ enforceAuth, enforceAuthSchemes, sasl }: AccessConfig) {
  if (enforceAuth) return enforceAuthSchemes;
  return sasl?.isRequired === true ? ['sasl'] : [];
}

/** Clients that look for a server of any kind ask `isro`; ZooKeeper lets them. */
function wordsOf(
  words: readonly string[],
  { readOnlyMode }: FeaturesConfig,
): ReadonlySet<FourLetterWord> {
  return parseWhitelist([...words, ...(readOnlyMode ? ['isro'] : [])].join(','));
}

const MINUTE_MS = 60_000;

function containersOf(config: ContainersConfig): ContainerSettings {
  const { checkIntervalMs, removalsPerMinuteMax, neverUsedMsMax } = config;
  return {
    checkIntervalMs,
    removalsMax: Math.ceil(removalsPerMinuteMax * Math.min(1, checkIntervalMs / MINUTE_MS)),
    unusedMsMax: neverUsedMsMax === 0 ? 0 : Math.max(CONTAINER_UNUSED_MS_MIN, neverUsedMsMax),
  };
}

/** What ZooKeeper's `conf` shows, as far as there is something to show. */
function configurationOf(config: CoordinatorConfig): ConfigurationEntry[] {
  const { listen, timing, limits } = config;
  const entries: (readonly [string, string | number | undefined])[] = [
    ['clientPort', listen.client?.port],
    ['secureClientPort', listen.secureClient?.port],
    ['dataDir', config.dataDirectory],
    ['dataLogDir', config.logDirectory],
    ['tickTime', timing.tickMs],
    ['maxClientCnxns', limits.connectionsPerHostMax],
    ['minSessionTimeout', timing.sessionTimeoutMsMin],
    ['maxSessionTimeout', timing.sessionTimeoutMsMax],
    ['clientPortListenBacklog', listen.clientBacklog],
    ['serverId', config.nodeId],
    ...(config.isStandalone ? [] : ensembleEntries(config)),
  ];
  return entries.filter((entry): entry is ConfigurationEntry => entry[1] !== undefined);
}

function ensembleEntries({ timing, nodeId, members }: CoordinatorConfig): ConfigurationEntry[] {
  const self = members.find(({ id }) => id === nodeId);
  return [
    ['initLimit', timing.initTimeoutMs / timing.tickMs],
    ['syncLimit', timing.syncTimeoutMs / timing.tickMs],
    ['electionAlg', 3],
    ['electionPort', self?.electionPort ?? 0],
    ['quorumPort', self?.peerPort ?? 0],
    ['peerType', self?.role === 'observer' ? 1 : 0],
  ];
}
