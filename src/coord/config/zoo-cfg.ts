import {
  COORDINATOR_OUTSTANDING_TOTAL_MAX,
  COORDINATOR_PACKET_BYTES_MAX,
  COORDINATOR_REPLY_BYTES_MAX,
} from '../../base/limits.ts';
import type { Address } from '../../io/network.ts';
import type {
  AccessConfig,
  AdminConfig,
  CoordinatorConfig,
  FeaturesConfig,
  LimitsConfig,
  SaslConfig,
  StorageConfig,
  TimingConfig,
} from './coordinator-config.ts';
import { MEANINGLESS_KEYS, MEANINGLESS_PREFIXES, UNFOLLOWED_KEYS } from './meaningless-keys.ts';
import type { PropertiesFile, ZooCfgFiles } from './properties.ts';
import { readMembership } from './server-list.ts';
import { Settings } from './settings.ts';
import { readTls } from './tls-settings.ts';

/** A configuration, and what should be said about it at start. */
export interface ConfigWithNotices {
  readonly config: CoordinatorConfig;
  readonly notices: readonly string[];
}

/**
 * The other files that a `zoo.cfg` needs.
 *
 * @throws EngineError BAD_REQUEST when it names no data directory.
 */
export function filesNamedBy(main: PropertiesFile): {
  readonly dynamic: string | null;
  readonly myid: string;
} {
  const settings = new Settings(main);
  const directory = dataDirectory(settings);
  return { dynamic: settings.text('dynamicConfigFile'), myid: `${directory}/myid` };
}

/**
 * Reads ZooKeeper's configuration files. Keys of three classes are told apart: those that mean
 * something here; those that tune the JVM, Netty or ZooKeeper's own threads, which are accepted and
 * listed in a notice; all others, which are errors.
 *
 * @throws EngineError BAD_REQUEST with file and line for values out of range and unknown keys,
 *   NOT_SUPPORTED for what ZooKeeper has and Nyala has not.
 */
export function configOfZooCfg(files: ZooCfgFiles): ConfigWithNotices {
  const settings = new Settings(files.main);
  const directory = dataDirectory(settings);
  refuseUnsupported(settings);
  const membership = readMembership(settings, files);
  const config: CoordinatorConfig = {
    nodeId: membership.nodeId,
    isStandalone: membership.isStandalone,
    members: membership.members,
    dataDirectory: directory,
    logDirectory: withoutTrailingSlash(settings.text('dataLogDir') ?? directory),
    listen: {
      client: membership.client,
      secureClient: membership.secureClient,
      peer: membership.peer,
      http: readHttp(settings),
      metrics: readMetrics(settings),
      clientBacklog: settings.integer('clientPortListenBacklog', { min: -1 }, -1),
    },
    timing: readTiming(settings),
    storage: readStorage(settings),
    limits: readLimits(settings),
    features: readFeatures(settings),
    containers: {
      checkIntervalMs: settings.integer('znode.container.checkIntervalMs', { min: 1 }, 60_000),
      removalsPerMinuteMax: settings.integer('znode.container.maxPerMinute', { min: 1 }, 10_000),
      neverUsedMsMax: settings.integer('znode.container.maxNeverUsedIntervalMs', { min: 0 }, 0),
    },
    access: readAccess(settings),
    tls: readTls(settings),
    admin: readAdmin(settings),
  };
  const notices = [...membership.notices, ...noticesAbout(settings)];
  settings.expectNoOthers();
  return { config, notices };
}

function dataDirectory(settings: Settings): string {
  const directory = settings.text('dataDir');
  if (directory === null) throw settings.error('dataDir', 'expected the data directory');
  return withoutTrailingSlash(directory);
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
}

/** Refuses what would weaken or change the cluster if it were passed over in silence. */
function refuseUnsupported(settings: Settings): void {
  const isUnsupported = (key: string, problem: string) =>
    settings.error(key, `${problem}; remove the line`, 'NOT_SUPPORTED');
  settings.integer('electionAlg', { min: 3, max: 3 }, 3);
  if (settings.text('oraclePath') !== null) {
    throw isUnsupported('oraclePath', 'oracle quorums are not supported');
  }
  if (settings.flag('multiAddress.enabled', false)) {
    throw isUnsupported(
      'multiAddress.enabled',
      'several addresses for one server are not supported',
    );
  }
  for (const key of QUORUM_SASL_KEYS) {
    if (!settings.flag(key, false)) continue;
    throw isUnsupported(
      key,
      'SASL between servers is not supported; use sslQuorum and ssl.quorum.*',
    );
  }
  for (const { key, value } of settings.withPrefix('authProvider.')) {
    if (!BUILT_IN_AUTH.test(value)) {
      throw isUnsupported(key, 'only the digest, ip, X509 and SASL providers are supported');
    }
  }
}

const QUORUM_SASL_KEYS = [
  'quorum.auth.enableSasl',
  'quorum.auth.learnerRequireSasl',
  'quorum.auth.serverRequireSasl',
];

const BUILT_IN_AUTH =
  /^org\.apache\.zookeeper\.server\.auth\.(Digest|IP|X509|SASL)AuthenticationProvider$/;

function readTiming(settings: Settings): TimingConfig {
  const tickMs = settings.integer('tickTime', { min: 1 }, 3_000);
  const min = settings.integer('minSessionTimeout', { min: -1 }, -1);
  const max = settings.integer('maxSessionTimeout', { min: -1 }, -1);
  const sessionTimeoutMsMin = min === -1 ? 2 * tickMs : min;
  const sessionTimeoutMsMax = max === -1 ? 20 * tickMs : max;
  if (sessionTimeoutMsMin > sessionTimeoutMsMax) {
    const key = min === -1 ? 'maxSessionTimeout' : 'minSessionTimeout';
    throw settings.error(
      key,
      `expected a session timeout of at least ${sessionTimeoutMsMin} ms and at most ` +
        `${sessionTimeoutMsMax} ms, which is an empty range`,
    );
  }
  return {
    tickMs,
    initTimeoutMs: tickMs * settings.integer('initLimit', { min: 1 }, 10),
    syncTimeoutMs: tickMs * settings.integer('syncLimit', { min: 1 }, 5),
    sessionTimeoutMsMin,
    sessionTimeoutMsMax,
  };
}

const KIBIBYTE = 1024;
const HOUR_MS = 3_600_000;
const SNAPSHOTS_RETAINED_MIN = 3;

function readStorage(settings: Settings): StorageConfig {
  const retained = settings.integer('autopurge.snapRetainCount', { min: 0 }, 3);
  const fileKib = settings.integer('txnLogSizeLimitInKb', { min: -1 }, -1);
  return {
    // ZooKeeper turns 1 and less into 2, because it divides the number by two.
    snapshotEntries: Math.max(2, settings.integer('snapCount', { min: 0 }, 100_000)),
    snapshotLogBytes:
      settings.integer('snapSizeLimitInKb', { min: 1 }, 4 * KIBIBYTE * KIBIBYTE) * KIBIBYTE,
    logFileBytesMax: fileKib <= 0 ? null : fileKib * KIBIBYTE,
    logPreallocateBytes: settings.integer('preAllocSize', { min: 0 }, 65_536) * KIBIBYTE,
    snapshotsRetained: Math.max(SNAPSHOTS_RETAINED_MIN, retained),
    purgeIntervalMs: settings.durationMs('autopurge.purgeInterval', HOUR_MS, 0),
    isSyncForced: settings.flag('forceSync', true),
    slowSyncMs: settings.integer('fsync.warningthresholdms', { min: 0 }, 1_000),
    isEmptySnapshotTrusted: settings.flag('snapshot.trust.empty', false),
  };
}

function readLimits(settings: Settings): LimitsConfig {
  return {
    packetBytesMax: settings.integer(
      'jute.maxbuffer',
      // Clients must be able to read what they have written.
      { min: 1_024, max: COORDINATOR_REPLY_BYTES_MAX },
      COORDINATOR_PACKET_BYTES_MAX,
    ),
    connectionsPerHostMax: settings.integer('maxClientCnxns', { min: 0 }, 60),
    connectionsMax: settings.integer('maxCnxns', { min: 0 }, 0),
    outstandingRequestsMax: settings.integer(
      'globalOutstandingLimit',
      { min: 1 },
      COORDINATOR_OUTSTANDING_TOTAL_MAX,
    ),
    throttledRequestsMax: settings.integer('requestThrottleLimit', { min: 0 }, 0),
    throttleStallMs: settings.integer('requestThrottleStallTime', { min: 1 }, 100),
    isStaleRequestDropped: settings.flag('requestThrottleDropStale', true),
    largeRequestsBytesMax: settings.integer('largeRequestMaxBytes', { min: -1 }, -1),
    largeRequestBytes: settings.integer('largeRequestThreshold', { min: -1 }, -1),
    connectionTokensMax: settings.integer('connectionMaxTokens', { min: 0 }, 0),
    connectionTokenFillMs: settings.integer('connectionTokenFillTime', { min: 1 }, 1),
    connectionTokenFillCount: settings.integer('connectionTokenFillCount', { min: 1 }, 1),
    retainedEntries: settings.integer('commitLogCount', { min: 1 }, 500),
    batchEntriesMax: settings.integer('maxBatchSize', { min: 1 }, 1_000),
  };
}

function readFeatures(settings: Settings): FeaturesConfig {
  return {
    extendedTypes: settings.flag('extendedTypesEnabled', false),
    enforceQuota: settings.flag('enforceQuota', false),
    localSessions: settings.flag('localSessionsEnabled', false),
    localSessionsUpgrading: settings.flag('localSessionsUpgradingEnabled', false),
    readOnlyMode: settings.flag('readonlymode.enabled', false),
    reconfig: settings.flag('reconfigEnabled', false),
    standalone: settings.flag('standaloneEnabled', true),
    leaderServes: settings.flag('leaderServes', true),
    observersPersist: settings.flag('syncEnabled', true),
    audit: settings.flag('audit.enable', false),
  };
}

const DIGEST_ALGORITHMS = ['SHA1', 'SHA-256', 'SHA-384', 'SHA-512'] as const;

function readAccess(settings: Settings): AccessConfig {
  const superKey = 'DigestAuthenticationProvider.superDigest';
  const superDigest = settings.text(superKey);
  if (superDigest !== null && !/^super:[A-Za-z0-9+/]+=*$/.test(superDigest)) {
    throw settings.error(superKey, 'expected super: and a hash in base64');
  }
  const enforceAuth = settings.flag('enforce.auth.enabled', false);
  const enforceAuthSchemes = settings.list('enforce.auth.schemes');
  if (enforceAuth && enforceAuthSchemes.length === 0) {
    throw settings.error('enforce.auth.enabled', 'expected enforce.auth.schemes beside it');
  }
  return {
    skipAcl: settings.flag('skipACL', false),
    digestEnabled: settings.flag('DigestAuthenticationProvider.enabled', true),
    superDigest,
    digestAlgorithm: settings.choice(
      'DigestAuthenticationProvider.digestAlg',
      DIGEST_ALGORITHMS,
      'SHA1',
    ),
    x509SuperUser: settings.text('X509AuthenticationProvider.superUser'),
    enforceAuth,
    enforceAuthSchemes,
    sasl: readSasl(settings),
  };
}

const JAAS_KEY = 'java.security.auth.login.config';

function readSasl(settings: Settings): SaslConfig | null {
  const jaasPath = settings.text(JAAS_KEY);
  const section = settings.text('sasl.serverconfig') ?? 'Server';
  const superUser = settings.text('superUser');
  const isRequired = settings.flag('sessionRequireClientSASLAuth', false);
  const isFailureTolerated = settings.flag('allowSaslFailedClients', false);
  if (jaasPath !== null) return { jaasPath, section, superUser, isRequired, isFailureTolerated };
  if (!isRequired) return null;
  throw settings.error('sessionRequireClientSASLAuth', `expected ${JAAS_KEY} beside it`);
}

const EVERY_ADDRESS = '0.0.0.0';

function readHttp(settings: Settings): Address | null {
  const host = settings.text('admin.serverAddress') ?? EVERY_ADDRESS;
  const port = settings.port('admin.serverPort', 8080);
  return settings.flag('admin.enableServer', false) ? { host, port } : null;
}

const PROMETHEUS = 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider';
const NO_METRICS = [
  'org.apache.zookeeper.metrics.impl.DefaultMetricsProvider',
  'org.apache.zookeeper.metrics.impl.NullMetricsProvider',
] as const;

function readMetrics(settings: Settings): Address | null {
  const provider = settings.choice(
    'metricsProvider.className',
    [PROMETHEUS, ...NO_METRICS],
    NO_METRICS[0],
  );
  const host = settings.text('metricsProvider.httpHost') ?? EVERY_ADDRESS;
  const port = settings.port('metricsProvider.httpPort', 7000);
  return provider === PROMETHEUS ? { host, port } : null;
}

function readAdmin(settings: Settings): AdminConfig {
  const commandPath = settings.text('admin.commandURL') ?? '/commands';
  if (!/^\/[^\s?#]*$/.test(commandPath)) {
    throw settings.error('admin.commandURL', 'expected a path such as /commands');
  }
  const words = settings.list('4lw.commands.whitelist');
  return {
    fourLetterWords: words.length === 0 ? ['srvr'] : words,
    commandPath,
    idleTimeoutMs: settings.integer('admin.idleTimeout', { min: 1 }, 30_000),
    forceHttps: settings.flag('admin.forceHttps', false),
    portUnification: settings.flag('admin.portUnification', false),
    needClientAuth: settings.flag('admin.needClientAuth', false),
    snapshotEnabled: settings.flag('admin.snapshot.enabled', true),
    restoreEnabled: settings.flag('admin.restore.enabled', true),
    commandIntervalMsMin: settings.integer('admin.rateLimiterIntervalInMS', { min: 0 }, 300_000),
  };
}

function noticesAbout(settings: Settings): string[] {
  const notices: string[] = [];
  const ignored = settings.ignored(MEANINGLESS_KEYS);
  for (const prefix of MEANINGLESS_PREFIXES) {
    ignored.push(...settings.withPrefix(prefix).map(({ key }) => key));
  }
  if (ignored.length > 0) {
    notices.push(`settings without meaning here, which are ignored: ${ignored.join(', ')}`);
  }
  const unfollowed = settings.ignored(UNFOLLOWED_KEYS);
  if (unfollowed.length > 0) {
    notices.push(`settings that are not followed yet: ${unfollowed.join(', ')}`);
  }
  for (const key of settings.repeated) {
    notices.push(`${settings.where(key)}: ${key} stands there more than once; the last one counts`);
  }
  return notices;
}
