import { EngineError, type ErrorCode } from '../../base/errors.ts';
import { COORDINATOR_RESTORE_BYTES_MAX } from '../../base/limits.ts';
import { boundedBytes, boundedText } from '../../io/request-body.ts';
import { monitorValues } from '../metrics/monitor.ts';
import type { CoordinatorStatus } from '../status.ts';
import {
  type CommandData,
  configurationData,
  connectionsData,
  consensusData,
  dumpData,
  leaderData,
  observersData,
  serverData,
  votingViewData,
  watchesByPathData,
  watchesData,
  watchSummaryData,
} from './command-data.ts';
import type { CoordinatorControl, TraceMask } from './control.ts';
import type { RateLimit } from './rate-limit.ts';
import { environmentEntries, hexadecimal } from './word-text.ts';

/** What the commands work on. */
export interface CommandHost {
  readonly status: CoordinatorStatus;
  readonly control: CoordinatorControl;
  readonly traceMask: TraceMask;
  readonly snapshotLimit: RateLimit;
  readonly restoreLimit: RateLimit;
  readonly shedLimit: RateLimit;
}

/** What a command answers. */
export interface CommandOutcome {
  /** HTTP status (default 200). */
  readonly status?: number;
  readonly data?: CommandData;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent in place of JSON. */
  readonly bytes?: Uint8Array;
}

/** One of ZooKeeper's admin commands. */
export interface AdminCommand {
  /** The first is the one that answers carry. */
  readonly names: readonly string[];
  readonly method: 'GET' | 'POST';
  /** Whether it is refused while the node does not serve. */
  readonly needsServing: boolean;
  /** Whether the caller must have all permissions on `/`. */
  readonly needsAdministrator: boolean;
  run(host: CommandHost, request: Request): CommandOutcome | Promise<CommandOutcome>;
}

const SHED_BODY_BYTES_MAX = 1_024;
const TOO_MANY_REQUESTS = { status: 429 };
const NOT_ENABLED = { status: 503 };
const RESTORE_STATUS: Partial<Record<ErrorCode, number>> = {
  CORRUPT_DATA: 400,
  NOT_SUPPORTED: 501,
};

/** All of ZooKeeper's admin commands. */
export const ADMIN_COMMANDS: readonly AdminCommand[] = [
  command(['connection_stat_reset', 'crst'], ({ status }) => {
    for (const connection of status.connections()) connection.reset();
    return {};
  }),
  report(['configuration', 'conf', 'config'], configurationData),
  report(['connections', 'cons'], (status) => connectionsData(status, { isBrief: false })),
  // ZooKeeper lists digests of its tree here, which we do not keep.
  report(['hash'], () => ({ digests: [] })),
  report(['dirs'], ({ storage }) => ({
    datadir_size: storage.dataBytes,
    logdir_size: storage.logBytes,
  })),
  report(['dump'], dumpData),
  always(['environment', 'env', 'envi'], ({ status }) => ({
    data: Object.fromEntries(environmentEntries(status)),
  })),
  always(['get_trace_mask', 'gtmk'], ({ traceMask }) => ({ data: { tracemask: traceMask.value } })),
  report(['initial_configuration', 'icfg'], ({ initialConfiguration }) => ({
    initial_configuration: initialConfiguration,
  })),
  report(['is_read_only', 'isro'], ({ role }) => ({ read_only: role === 'read-only' })),
  report(['last_snapshot', 'lsnp'], ({ lastSnapshot }) => ({
    // As Java prints them: -1 stands for none.
    zxid: BigInt.asUintN(64, lastSnapshot?.zxid ?? -1n).toString(16),
    timestamp: lastSnapshot?.timeMs ?? -1,
  })),
  report(['leader', 'lead'], leaderData),
  always(['monitor', 'mntr'], ({ status }) => ({
    data: Object.fromEntries(monitorValues(status).map(({ name, value }) => [name, value])),
  })),
  // Observers have no connections of their own kind here, so there is nothing to reset.
  report(['observer_connection_stat_reset', 'orst'], () => ({})),
  administrator('POST', ['restore', 'rest'], restore),
  report(['ruok'], () => ({})),
  always(['set_trace_mask', 'stmk'], setTraceMask),
  administrator('POST', ['shed_connections', 'shed'], shedConnections),
  administrator('GET', ['snapshot', 'snap'], takeSnapshot),
  report(['server_stats', 'srvr'], serverData),
  report(['stats', 'stat'], (status) => ({
    ...serverData(status),
    ...connectionsData(status, { isBrief: true }),
  })),
  command(['stat_reset', 'srst'], ({ status }) => {
    status.metrics.resetServerStatistics();
    return {};
  }),
  report(['observers', 'obsr'], observersData),
  always(['system_properties', 'sysp'], ({ status }) => ({ data: systemProperties(status) })),
  report(['voting_view'], votingViewData),
  report(['watches', 'wchc'], watchesData),
  report(['watches_by_path', 'wchp'], watchesByPathData),
  report(['watch_summary', 'wchs'], watchSummaryData),
  always(['zabstate'], ({ status }) => ({ data: consensusData(status) })),
];

function command(names: readonly string[], run: AdminCommand['run']): AdminCommand {
  return { names, method: 'GET', needsServing: true, needsAdministrator: false, run };
}

function report(
  names: readonly string[],
  data: (status: CoordinatorStatus) => CommandData,
): AdminCommand {
  return command(names, ({ status }) => ({ data: data(status) }));
}

function always(names: readonly string[], run: AdminCommand['run']): AdminCommand {
  return { ...command(names, run), needsServing: false };
}

function administrator(
  method: AdminCommand['method'],
  names: readonly string[],
  run: AdminCommand['run'],
): AdminCommand {
  return { ...command(names, run), method, needsAdministrator: true };
}

async function takeSnapshot(host: CommandHost, request: Request): Promise<CommandOutcome> {
  const { metrics } = host.status;
  if (!host.snapshotLimit.take()) {
    metrics.counter('snapshot_rate_limited_count').add();
    return TOO_MANY_REQUESTS;
  }
  const snapshot = await host.control.takeSnapshot();
  if (snapshot === null) return NOT_ENABLED;
  const headers = {
    last_zxid: hexadecimal(snapshot.zxid),
    snapshot_size: String(snapshot.bytes.length),
  };
  const isStreamed = new URL(request.url).searchParams.get('streaming') !== 'false';
  return isStreamed ? { headers, bytes: snapshot.bytes } : { headers };
}

async function restore(host: CommandHost, request: Request): Promise<CommandOutcome> {
  const { metrics } = host.status;
  if (!host.restoreLimit.take()) {
    metrics.counter('restore_rate_limited_count').add();
    return TOO_MANY_REQUESTS;
  }
  const bytes = await boundedBytes(request, COORDINATOR_RESTORE_BYTES_MAX);
  if (bytes === null) {
    return refusal(413, `Snapshots of at most ${COORDINATOR_RESTORE_BYTES_MAX} bytes are restored`);
  }
  try {
    const zxid = await host.control.restoreSnapshot(bytes);
    return zxid === null ? NOT_ENABLED : { data: { last_zxid: zxid } };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    metrics.counter('restore_error_count').add();
    return refusal(RESTORE_STATUS[error.code] ?? 500, error.message);
  }
}

async function shedConnections(host: CommandHost, request: Request): Promise<CommandOutcome> {
  const text = await boundedText(request, SHED_BODY_BYTES_MAX);
  const percentage = percentageIn(text ?? '');
  if (percentage === null) {
    return refusal(400, 'Expected {"percentage": N} with an integer between 0 and 100');
  }
  if (!host.shedLimit.take()) return TOO_MANY_REQUESTS;
  const connections_shed = host.control.shedConnections(percentage);
  return { data: { connections_shed, percentage_requested: percentage } };
}

function percentageIn(text: string): number | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== 'object' || body === null || !('percentage' in body)) return null;
  const { percentage } = body;
  if (typeof percentage !== 'number' || !Number.isInteger(percentage)) return null;
  return percentage >= 0 && percentage <= 100 ? percentage : null;
}

function setTraceMask({ traceMask }: CommandHost, request: Request): CommandOutcome {
  const text = new URL(request.url).searchParams.get('traceMask');
  const expected = 'setTraceMask requires long traceMask argument';
  if (text === null) return { data: { error: expected } };
  const isLong = /^[+-]?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  if (!isLong) return { data: { error: `${expected}, got ${text.slice(0, 100)}` } };
  traceMask.value = BigInt(text);
  return { data: { tracemask: traceMask.value } };
}

/** ZooKeeper's properties are its configuration keys with a prefix. */
function systemProperties(status: CoordinatorStatus): CommandData {
  const entries = [
    ...status.environment,
    ...status.configuration.map(([key, value]) => [`zookeeper.${key}`, String(value)] as const),
  ];
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function refusal(status: number, error: string): CommandOutcome {
  return { status, data: { error } };
}
