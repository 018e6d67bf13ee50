import type { Address } from '../../io/network.ts';
import type { Member } from '../core/raft/types.ts';

/**
 * Everything that can be set about a coordinator node, from a `zoo.cfg` or from the command line.
 * Defaults are ZooKeeper's unless a field says otherwise; they are applied, so no field is missing.
 */
export interface CoordinatorConfig {
  /** 1 to 254: `myid`, the top byte of session ids (default 1 for a standalone node). */
  readonly nodeId: number;
  /** True for a node that is alone by configuration: no peer port, no reconfiguration. */
  readonly isStandalone: boolean;
  /** `server.N`: the first configuration of a new cluster, sorted by id; includes this node. */
  readonly members: readonly Member[];
  /** `dataDir`: snapshots and, unless `logDirectory` differs, the log. As written. */
  readonly dataDirectory: string;
  /** `dataLogDir`: the log (default: `dataDirectory`). */
  readonly logDirectory: string;
  readonly listen: ListenConfig;
  readonly timing: TimingConfig;
  readonly storage: StorageConfig;
  readonly limits: LimitsConfig;
  readonly features: FeaturesConfig;
  readonly containers: ContainersConfig;
  readonly access: AccessConfig;
  readonly tls: TlsConfig;
  readonly admin: AdminConfig;
}

/** Where the node listens. */
export interface ListenConfig {
  /** `clientPort`, `clientPortAddress`, or the client part of the own `server.N`. */
  readonly client: Address | null;
  /** `secureClientPort`, `secureClientPortAddress`, or the secure part of the own `server.N`. */
  readonly secureClient: Address | null;
  /**
   * For other members: the own `server.N`, or every address with `quorumListenOnAllIPs`; null for a
   * standalone node.
   */
  readonly peer: Address | null;
  /**
   * The HTTP door: `admin.enableServer` with `admin.serverAddress` and `admin.serverPort`; null
   * when it is off (default in a zoo.cfg: off, as since ZooKeeper 3.10; on the command line: on).
   */
  readonly http: Address | null;
  /** `metricsProvider.httpHost` and `httpPort` (7000) with the Prometheus provider, else null. */
  readonly metrics: Address | null;
  /** `clientPortListenBacklog`: connections that wait to be accepted; -1 leaves it to the system. */
  readonly clientBacklog: number;
}

/** Times and what follows from them. */
export interface TimingConfig {
  /** `tickTime` (default 3000): ZooKeeper's unit of the following. */
  readonly tickMs: number;
  /** `initLimit` ticks: time for a member to get its first state (default 10 ticks). */
  readonly initTimeoutMs: number;
  /** `syncLimit` ticks: silence after which a member counts as gone (default 5 ticks). */
  readonly syncTimeoutMs: number;
  /** `minSessionTimeout` (default two ticks). */
  readonly sessionTimeoutMsMin: number;
  /** `maxSessionTimeout` (default twenty ticks). */
  readonly sessionTimeoutMsMax: number;
}

/** Log and snapshots. */
export interface StorageConfig {
  /** `snapCount` (default 100,000): log entries between two snapshots. */
  readonly snapshotEntries: number;
  /** `snapSizeLimitInKb` in bytes (default 4 GiB): log bytes between two snapshots. */
  readonly snapshotLogBytes: number;
  /** `txnLogSizeLimitInKb` in bytes: a log file's size at most; null for no limit (default). */
  readonly logFileBytesMax: number | null;
  /** `preAllocSize` in bytes (default 64 MiB): by how much log files grow. */
  readonly logPreallocateBytes: number;
  /** `autopurge.snapRetainCount` (default 3, at least 3): snapshots that are kept. */
  readonly snapshotsRetained: number;
  /** `autopurge.purgeInterval` (bare numbers are hours): 0 keeps old files for ever (default). */
  readonly purgeIntervalMs: number;
  /** `forceSync` (default true): false acknowledges writes that only the system's cache holds. */
  readonly isSyncForced: boolean;
  /** `fsync.warningthresholdms` (default 1000): an fsync slower than this is reported. */
  readonly slowSyncMs: number;
  /** `snapshot.trust.empty` (default false): start although there is a log without a snapshot. */
  readonly isEmptySnapshotTrusted: boolean;
}

/** What clients may use up. */
export interface LimitsConfig {
  /** `jute.maxbuffer` (default 1,048,575): a request's length at most. */
  readonly packetBytesMax: number;
  /** `maxClientCnxns` (default 60): connections from one address; 0 is no limit. */
  readonly connectionsPerHostMax: number;
  /** `maxCnxns` (default 0): connections altogether; 0 is no limit. */
  readonly connectionsMax: number;
  /** `globalOutstandingLimit` (default: see limits, more than ZooKeeper's): unanswered requests. */
  readonly outstandingRequestsMax: number;
  /** `requestThrottleLimit` (default 0): requests being worked on; 0 is no limit. */
  readonly throttledRequestsMax: number;
  /** `requestThrottleStallTime` (default 100): wait before a request is looked at again. */
  readonly throttleStallMs: number;
  /** `requestThrottleDropStale` (default true): requests of closed connections are dropped. */
  readonly isStaleRequestDropped: boolean;
  /** `largeRequestMaxBytes` (default -1, none): bytes of large requests being worked on. */
  readonly largeRequestsBytesMax: number;
  /** `largeRequestThreshold` (default -1, none is large): from which size a request is large. */
  readonly largeRequestBytes: number;
  /** `connectionMaxTokens` (default 0, off): new connections in a burst. */
  readonly connectionTokensMax: number;
  /** `connectionTokenFillTime` (default 1): time after which tokens are added. */
  readonly connectionTokenFillMs: number;
  /** `connectionTokenFillCount` (default 1): tokens that are added. */
  readonly connectionTokenFillCount: number;
  /** `commitLogCount` (default 500): entries kept in memory for members that lag behind. */
  readonly retainedEntries: number;
  /** `maxBatchSize` (default 1000): entries that share an fsync. */
  readonly batchEntriesMax: number;
}

/** What is on and off. */
export interface FeaturesConfig {
  /** `extendedTypesEnabled` (default false): TTL nodes. */
  readonly extendedTypes: boolean;
  /** `enforceQuota` (default false): hard quotas refuse writes. */
  readonly enforceQuota: boolean;
  /** `localSessionsEnabled` (default false). */
  readonly localSessions: boolean;
  /** `localSessionsUpgradingEnabled` (default false). */
  readonly localSessionsUpgrading: boolean;
  /** `readonlymode.enabled` (default false): reads go on without a majority. */
  readonly readOnlyMode: boolean;
  /** `reconfigEnabled` (default false). */
  readonly reconfig: boolean;
  /** `standaloneEnabled` (default true): a reconfiguration must leave two participants. */
  readonly standalone: boolean;
  /** `leaderServes` (default true): the leader takes clients as well. */
  readonly leaderServes: boolean;
  /** `syncEnabled` (default true): an observer keeps a log of its own. */
  readonly observersPersist: boolean;
  /** `audit.enable` (default false). */
  readonly audit: boolean;
}

/** Removal of empty containers and of nodes whose time is over. */
export interface ContainersConfig {
  /** `znode.container.checkIntervalMs` (default 60,000). */
  readonly checkIntervalMs: number;
  /** `znode.container.maxPerMinute` (default 10,000). */
  readonly removalsPerMinuteMax: number;
  /** `znode.container.maxNeverUsedIntervalMs`: 0 keeps never used containers (default). */
  readonly neverUsedMsMax: number;
}

/** Who may do what. */
export interface AccessConfig {
  /** `skipACL` (default false): access lists are not looked at. */
  readonly skipAcl: boolean;
  /** `DigestAuthenticationProvider.enabled` (default true). */
  readonly digestEnabled: boolean;
  /** `DigestAuthenticationProvider.superDigest`: `super:base64(hash)`, or null for no such user. */
  readonly superDigest: string | null;
  /** `DigestAuthenticationProvider.digestAlg` (default SHA1). */
  readonly digestAlgorithm: 'SHA1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
  /** `X509AuthenticationProvider.superUser`: a certificate's subject, or null. */
  readonly x509SuperUser: string | null;
  /** `enforce.auth.enabled` (default false): clients must authenticate before anything else. */
  readonly enforceAuth: boolean;
  /** `enforce.auth.schemes`: those that count. */
  readonly enforceAuthSchemes: readonly string[];
  /** SASL of clients, or null when the server does not speak it. */
  readonly sasl: SaslConfig | null;
}

/** SASL DIGEST-MD5. */
export interface SaslConfig {
  /** `java.security.auth.login.config`: the JAAS file with users and passwords. */
  readonly jaasPath: string;
  /** `sasl.serverconfig` (default Server): the section of that file. */
  readonly section: string;
  /** `superUser`: to whom everything is open, or null for nobody. */
  readonly superUser: string | null;
  /** `sessionRequireClientSASLAuth` (default false): clients must authenticate by it. */
  readonly isRequired: boolean;
  /** `allowSaslFailedClients` (default false): those who fail may go on as nobody. */
  readonly isFailureTolerated: boolean;
}

/** TLS of both doors. */
export interface TlsConfig {
  /** `ssl.*`: for clients. */
  readonly client: TlsSideConfig;
  /** `ssl.quorum.*`: between members. */
  readonly quorum: TlsSideConfig;
  /** `sslQuorum` (default false): members talk TLS only. */
  readonly quorumEnabled: boolean;
  /** `portUnification` (default false): the peer port takes plain connections too. */
  readonly quorumPlainToo: boolean;
  /** `client.portUnification` (default false): the secure port takes plain connections too. */
  readonly clientPlainToo: boolean;
  /** `sslQuorumReloadCertFiles`, `client.certReload` (default false): changed files are read again. */
  readonly reloadFiles: boolean;
}

/** One side's keys and rules. */
export interface TlsSideConfig {
  /** `keyStore.*`: own certificate and key, PEM or PKCS #12; null when there is none. */
  readonly keyStore: KeyStoreConfig | null;
  /** `trustStore.*`: who may sign for the other side; null when there is none. */
  readonly trustStore: KeyStoreConfig | null;
  /** `protocol` (default TLSv1.2 and, with it, TLSv1.3). */
  readonly protocol: 'TLSv1.2' | 'TLSv1.3';
  /** `enabledProtocols`: empty for those of `protocol`. */
  readonly enabledProtocols: readonly string[];
  /** `ciphersuites`: empty for the platform's own. */
  readonly cipherSuites: readonly string[];
  /** `clientAuth` (default need): whether the connecting side must show a certificate. */
  readonly clientAuth: 'none' | 'want' | 'need';
  /** `hostnameVerification` (default true). */
  readonly verifyHostname: boolean;
  /** `clientHostnameVerification` (default false): the connecting side's certificate too. */
  readonly verifyClientHostname: boolean;
  /** `handshakeDetectionTimeoutMillis` (default 5000). */
  readonly handshakeTimeoutMs: number;
}

/** A file with keys or certificates. Passwords are secrets: they are never logged. */
export interface KeyStoreConfig {
  readonly path: string;
  readonly type: 'PEM' | 'PKCS12';
  /** The file that holds the password, which goes before `password`; null when there is none. */
  readonly passwordPath: string | null;
  readonly password: string;
}

/** Four-letter words and the admin commands of the HTTP door. */
export interface AdminConfig {
  /** `4lw.commands.whitelist` (default srvr); `*` stands for all. */
  readonly fourLetterWords: readonly string[];
  /** `admin.commandURL` (default /commands). */
  readonly commandPath: string;
  /** `admin.idleTimeout` (default 30,000). */
  readonly idleTimeoutMs: number;
  /** `admin.forceHttps` (default false). */
  readonly forceHttps: boolean;
  /** `admin.portUnification` (default false): HTTP and HTTPS on one port. */
  readonly portUnification: boolean;
  /** `admin.needClientAuth` (default false). */
  readonly needClientAuth: boolean;
  /** `admin.snapshot.enabled` (default true). */
  readonly snapshotEnabled: boolean;
  /** `admin.restore.enabled` (default true). */
  readonly restoreEnabled: boolean;
  /** `admin.rateLimiterIntervalInMS` (default 300,000): between two snapshots or restores. */
  readonly commandIntervalMsMin: number;
}
