import { encodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import {
  COORDINATOR_HTTP_EVENTS_MAX,
  COORDINATOR_HTTP_KEEP_ALIVE_MS,
  COORDINATOR_HTTP_WATCHES_MAX,
} from '../../base/limits.ts';
import type { Clock, Timer } from '../../io/clock.ts';
import { hexadecimal } from '../admin/word-text.ts';
import { AddWatchMode, EventType } from '../core/model.ts';
import { badRequest, successOf, unauthorized } from './errors.ts';
import { credentialsOf, nodePath, queryOf } from './request.ts';
import type { TreeAccess, TreeSession } from './tree-access.ts';

/** Where watches are. */
export const WATCH_PREFIX = '/v1/watch';

const RECONNECT_MS = 1_000;

const EVENT_NAMES: ReadonlyMap<number, string> = new Map([
  [EventType.CREATED, 'created'],
  [EventType.DELETED, 'deleted'],
  [EventType.DATA_CHANGED, 'dataChanged'],
  [EventType.CHILDREN_CHANGED, 'childrenChanged'],
]);

/**
 * `GET /v1/watch/<path>` tells of changes of a node and of its list of children as server-sent events
 * until the caller goes; with `?recursive` of changes of the node and everything below it:
 *
 *     id: 0x2f
 *     event: dataChanged
 *     data: {"path":"/a","zxid":"0x2f"}
 *
 * The answer begins once the watch is set, so whoever reads the node after that misses nothing. When
 * the stream ends by itself the caller connects and reads again: events in between are not told.
 */
export class WatchDoor {
  readonly #access: TreeAccess;
  readonly #clock: Clock;
  readonly #streams = new Set<EventStream>();

  constructor(access: TreeAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /** @throws HttpRefusal for a malformed request or refused credentials; EngineError as the access. */
  async watch(request: Request): Promise<Response> {
    if (request.method !== 'GET') throw badRequest('expected GET, for there is no end to wait for');
    const path = nodePath(request.url, WATCH_PREFIX);
    const isRecursive = queryOf(request.url, ['recursive']).recursive !== undefined;
    const mode = isRecursive ? AddWatchMode.PERSISTENT_RECURSIVE : AddWatchMode.PERSISTENT;
    const credentials = credentialsOf(request);
    if (this.#streams.size >= COORDINATOR_HTTP_WATCHES_MAX) {
      throw new EngineError(
        'SERVER_UNAVAILABLE',
        `coord: ${COORDINATOR_HTTP_WATCHES_MAX} watches are open over HTTP; try again later`,
      );
    }
    const stream = new EventStream(this.#clock, path, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    try {
      const session = await this.#access.openSession(credentials, stream);
      if (session === null) throw unauthorized('the credentials are refused');
      stream.begin(session);
      successOf(await session.request({ kind: 'addWatch', path, mode }), `watch ${path}`);
    } catch (error) {
      stream.end();
      throw error;
    }
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    return new Response(stream.body, { headers });
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of [...this.#streams]) stream.end();
  }
}

/** One caller's events as the body of an answer. */
class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #session: TreeSession | null = null;
  #timer: Timer | null = null;

  constructor(clock: Clock, path: string, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.body = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = null;
          this.end();
        },
      },
      new CountQueuingStrategy({ highWaterMark: COORDINATOR_HTTP_EVENTS_MAX }),
    );
    this.#send(`retry: ${RECONNECT_MS}\n: watching ${path}\n\n`);
  }

  begin(session: TreeSession): void {
    this.#session = session;
    if (this.#controller === null) this.end();
    else this.#keepAlive();
  }

  onEvent(event: { type: number; path: string }, zxid: bigint): void {
    const name = EVENT_NAMES.get(event.type);
    if (name === undefined) return;
    const id = zxid > 0n ? hexadecimal(zxid) : null;
    const data = JSON.stringify({ path: event.path, zxid: id });
    this.#send(`${id === null ? '' : `id: ${id}\n`}event: ${name}\ndata: ${data}\n\n`);
  }

  onClose(): void {
    this.end();
  }

  end(): void {
    this.#timer?.cancel();
    this.#controller?.close();
    this.#controller = null;
    this.#session?.close();
    this.#session = null;
    this.#onEnd();
  }

  #keepAlive(): void {
    this.#timer = this.#clock.schedule(COORDINATOR_HTTP_KEEP_ALIVE_MS, () => {
      this.#send(': still here\n\n');
      if (this.#controller !== null) this.#keepAlive();
    });
  }

  #send(text: string): void {
    const controller = this.#controller;
    if (controller === null) return;
    // A reader this far behind reads everything again, once it has been cut off.
    if ((controller.desiredSize ?? 0) <= 0) this.end();
    else controller.enqueue(encodeUtf8(text));
  }
}
