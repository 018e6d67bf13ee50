import { AwsV4Signer } from 'aws4fetch';
import { EngineError, type ErrorCode, errorMessage } from '../base/errors.ts';
import {
  S3_ATTEMPTS_MAX,
  S3_BACKOFF_MS,
  S3_BACKOFF_MS_MAX,
  S3_DOWN_MS,
  S3_REQUEST_TIMEOUT_MS,
} from '../base/store-limits.ts';
import { type Clock, sleep } from '../io/clock.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../io/network.ts';
import { type Random, randomFraction } from '../io/random.ts';
import { sha256Hex } from '../io/web-digest.ts';
import { parseErrorCode } from './s3-xml.ts';
import type { S3Credentials, S3Location } from './store-location.ts';

/** What a bucket is reached with. */
export interface S3Options {
  readonly location: S3Location;
  readonly credentials: S3Credentials;
  /** Of the location's endpoint. */
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
}

/** One request to a bucket. Sending it again does no harm. */
export interface S3Call {
  readonly method: HttpRequest['method'];
  /** The object's whole key; empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Bytes that the answer must have; others are a fault of the way, and asked for again. */
  readonly answerBytes?: number;
}

/**
 * Sends signed requests to a bucket by path (`/bucket/key`), and sends those again that failed for a
 * passing reason, after random pauses that double: a bounded number of times.
 *
 * Bodies go with their SHA-256 in the signature, so that a store takes no byte that was changed on the
 * way. Errors never hold credentials, nor anything that a store says beyond a status and a code.
 */
export class S3Client {
  readonly #options: S3Options;
  readonly #signingKeys = new Map<string, ArrayBuffer>();
  /** While the bucket does not answer anybody, waiting for each request anew would add up. */
  #downUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: S3Options) {
    this.#options = options;
  }

  /**
   * @returns an answer of status 2xx.
   * @throws EngineError NOT_FOUND, CONFLICT when an `if-match` does not hold, CORRUPT_DATA for a range
   *   behind the object's end, IO for everything else.
   */
  async send(call: S3Call): Promise<HttpResponse> {
    const { clock, random } = this.#options;
    const attempts = clock.monotonicMs() < this.#downUntilMs ? 1 : S3_ATTEMPTS_MAX;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#sendOnce(call);
      const isDown = 'fault' in answer && answer.isPassing;
      if (!isDown) this.#downUntilMs = Number.NEGATIVE_INFINITY;
      if (!('fault' in answer)) return answer;
      if (isDown && attempt < attempts) {
        await sleep(clock, backoffMs(attempt, random));
        continue;
      }
      if (isDown) this.#downUntilMs = clock.monotonicMs() + S3_DOWN_MS;
      throw this.#error(call, answer, attempt);
    }
  }

  async #sendOnce(call: S3Call): Promise<HttpResponse | Fault> {
    const request = await this.#sign(call);
    let response: HttpResponse;
    try {
      response = await this.#options.http.request(request);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return { code: 'IO', fault: `failed (${errorMessage(error)})`, isPassing: true };
    }
    return faultOf(response, call) ?? response;
  }

  async #sign({ method, key, query, headers, body }: S3Call): Promise<HttpRequest> {
    const { location, credentials, clock } = this.#options;
    const url = new URL(location.endpoint);
    url.pathname = key === '' ? `/${location.bucket}` : `/${location.bucket}/${key}`;
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      ...credentials,
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': await sha256Hex(body ?? new Uint8Array()) },
      service: 's3',
      region: location.region,
      cache: this.#signingKeys,
      datetime: new Date(clock.nowMs()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
    const signed = await signer.sign();
    return {
      method,
      path: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(signed.headers),
      timeoutMs: S3_REQUEST_TIMEOUT_MS,
      ...(body && { body }),
    };
  }

  #error({ method, key }: S3Call, { code, fault }: Fault, attempts: number): EngineError {
    const { bucket, endpoint } = this.#options.location;
    const times = attempts === 1 ? '' : ` in each of ${attempts} attempts`;
    const what = `s3://${bucket}/${key} at ${endpoint}`;
    return new EngineError(code, `store: ${method} ${what} ${fault}${times}`);
  }
}

/** Why a request failed, in words that follow its name. */
interface Fault {
  readonly fault: string;
  readonly code: ErrorCode;
  /** Whether it may well succeed when it is sent again. */
  readonly isPassing: boolean;
}

const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_CODES: ReadonlySet<string> = new Set(['InternalError', 'RequestTimeout', 'SlowDown']);
const CODES: Readonly<Partial<Record<number, ErrorCode>>> = {
  404: 'NOT_FOUND',
  412: 'CONFLICT',
  416: 'CORRUPT_DATA',
};

/** Some requests are answered with 200 and fail afterwards: then the body is an error. */
function faultOf({ status, body }: HttpResponse, { answerBytes }: S3Call): Fault | null {
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess && answerBytes !== undefined) {
    if (body.length === answerBytes) return null;
    const fault = `answered ${body.length} bytes of ${answerBytes}`;
    return { code: 'CORRUPT_DATA', fault, isPassing: true };
  }
  const errorCode = parseErrorCode(body);
  if (isSuccess && errorCode === null) return null;
  return {
    code: CODES[status] ?? 'IO',
    fault: `answered ${[status, errorCode].filter(Boolean).join(' ')}${advice(status)}`,
    isPassing: PASSING_STATUSES.has(status) || PASSING_CODES.has(errorCode ?? ''),
  };
}

function advice(status: number): string {
  if (status !== 401 && status !== 403) return '';
  return '; check the credentials, what they may do with the bucket, and the clock';
}

/** A random part of a pause that doubles from attempt to attempt ("full jitter"). */
function backoffMs(attempt: number, random: Random): number {
  const longest = Math.min(S3_BACKOFF_MS_MAX, S3_BACKOFF_MS * 2 ** (attempt - 1));
  return longest * randomFraction(random);
}
