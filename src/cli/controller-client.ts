import { EngineError } from '../base/errors.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import type { TableSchema } from '../base/types.ts';
import type { HttpRequest, HttpResponse } from '../io/network.ts';

/** Sends a request to a role: over HTTP, or straight into its handler in the same process. */
export type Ask = (request: HttpRequest) => Promise<HttpResponse>;

/** A table, as `nyala tables` lists it. */
export interface TableSummary {
  readonly tableName: string;
  readonly diskSizeInBytes: number;
  readonly numSegments: number;
  readonly numRows: number;
}

/** A rebalance that was asked for. */
export interface RebalanceBegun {
  /** Null when it was only to be looked at. */
  readonly jobId: string | null;
  readonly status: string;
  readonly description: string;
}

/** How far a rebalance is. */
export interface RebalanceProgress {
  readonly status: string;
  /** How it has ended; null before that. */
  readonly message: string | null;
  /** Copies of segments that are still to be made, of so many. */
  readonly remaining: number;
  readonly total: number;
}

/** A table in full. */
export interface TableDescription extends TableSummary {
  readonly schema: TableSchema;
  readonly config: PlainJsonRecord;
}

const ANSWER_TIMEOUT_MS = 10_000;
/** A commit waits for servers, and an upload for the disk. */
const WORK_TIMEOUT_MS = 300_000;

/** The controller's API, as far as the command line uses it. */
export class ControllerClient {
  readonly #ask: Ask;

  /** @param ask reaches a controller. */
  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** All tables by name. */
  async tables(): Promise<TableSummary[]> {
    const response = await this.#call('GET', '/v1/tables', ANSWER_TIMEOUT_MS);
    return successBody<TableSummary[]>(response);
  }

  /** A table's schema and size, or null when there is no such table. */
  async table(name: string): Promise<TableDescription | null> {
    const path = `/v1/tables/${encodeURIComponent(name)}`;
    const response = await this.#call('GET', path, ANSWER_TIMEOUT_MS);
    return response.status === 404 ? null : successBody(response);
  }

  /** Names of a table's segments; none when there is no such table. */
  async segments(name: string): Promise<string[]> {
    const path = `/segments/${encodeURIComponent(name)}`;
    const response = await this.#call('GET', path, ANSWER_TIMEOUT_MS);
    if (response.status === 404) return [];
    return successBody<{ OFFLINE?: string[] }[]>(response).flatMap(({ OFFLINE = [] }) => OFFLINE);
  }

  /**
   * Sends a segment file to the deep store; it is not part of the table yet.
   *
   * @returns the name of its object there.
   */
  async upload(table: string, segment: string, body: Uint8Array): Promise<string> {
    const response = await this.#call('PUT', segmentPath(table, segment), WORK_TIMEOUT_MS, body);
    return successBody<{ object: string }>(response).object;
  }

  /** Takes an upload back that was not committed. */
  async discard(table: string, object: string): Promise<void> {
    successBody(await this.#call('DELETE', segmentPath(table, object), ANSWER_TIMEOUT_MS));
  }

  /** Makes uploaded segments part of the table, all at once; resolves when queries see them. */
  async commit(table: string, objects: readonly string[]): Promise<void> {
    const path = `/v1/tables/${encodeURIComponent(table)}/segments`;
    const body = JSON.stringify({ segments: objects });
    successBody(await this.#call('POST', path, WORK_TIMEOUT_MS, body));
  }

  /** Gives a table another configuration, from JSON text; resolves when its segments are rebuilt. */
  async configure(table: string, body: string): Promise<void> {
    const path = `/tables/${encodeURIComponent(table)}`;
    successBody(await this.#call('PUT', path, WORK_TIMEOUT_MS, body));
  }

  /** Begins to move a table's segments to where they should be. */
  async rebalance(table: string, isDryRun: boolean): Promise<RebalanceBegun> {
    const path = `/tables/${encodeURIComponent(table)}/rebalance?dryRun=${isDryRun}`;
    return successBody(await this.#call('POST', path, ANSWER_TIMEOUT_MS));
  }

  /** How far a rebalance is. */
  async rebalanceProgress(jobId: string): Promise<RebalanceProgress> {
    const path = `/rebalanceStatus/${encodeURIComponent(jobId)}`;
    const { tableRebalanceProgressStats: stats } = successBody<RebalanceStatusBody>(
      await this.#call('GET', path, ANSWER_TIMEOUT_MS),
    );
    const overall = stats.rebalanceProgressStatsOverall;
    return {
      status: stats.status,
      message: stats.completionStatusMsg,
      remaining: overall.totalRemainingSegmentsToBeAdded,
      total: overall.totalSegmentsToBeAdded,
    };
  }

  #call(
    method: HttpRequest['method'],
    path: string,
    timeoutMs: number,
    body?: Uint8Array | string,
  ): Promise<HttpResponse> {
    return this.#ask({ method, path, timeoutMs, ...(body === undefined ? {} : { body }) });
  }
}

/** What is read of Pinot's answer. */
interface RebalanceStatusBody {
  readonly tableRebalanceProgressStats: {
    readonly status: string;
    readonly completionStatusMsg: string | null;
    readonly rebalanceProgressStatsOverall: {
      readonly totalRemainingSegmentsToBeAdded: number;
      readonly totalSegmentsToBeAdded: number;
    };
  };
}

function segmentPath(table: string, segment: string): string {
  return `/v1/tables/${encodeURIComponent(table)}/segments/${encodeURIComponent(segment)}`;
}

/** The JSON of a good answer; the controller's words as an error otherwise. */
function successBody<T>({ status, body }: HttpResponse): T {
  const text = new TextDecoder().decode(body);
  let value: { error?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new EngineError(
      'BAD_REQUEST',
      `controller: expected JSON, found ${JSON.stringify(text.slice(0, 60))}; ` +
        "is this a controller's port?",
      { cause: error },
    );
  }
  if (status >= 200 && status < 300) return value as T;
  const message = typeof value?.error === 'string' ? value.error : `HTTP status ${status}`;
  throw new EngineError('BAD_REQUEST', message);
}
