import { EngineError } from '../base/errors.ts';
import { RESPONSE_STALL_MS_MAX, RESPONSE_STREAM_BYTES_MIN } from '../base/serving-limits.ts';
import type { QueryStop } from '../exec/query-stop.ts';
import { checkedSteps, runInSlices, type Steps } from '../exec/steps.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { TextPieces } from './text-pieces.ts';

/** A response on its way. */
export interface ResponseBody {
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * Of a body that is written while it is sent: resolves when all of it is, and rejects when that is not to
   * be. Null for a whole one.
   */
  readonly sent: Promise<void> | null;
}

/**
 * Writes a response in slices: whole when it is short. A long one is a stream, which is written as fast as
 * the client takes it; one that breaks off is no JSON, so that nobody takes it for an answer.
 *
 * @param steps append the response to `out`.
 * @param signal cancels what is being sent.
 * @param stop ends it before; how long it takes to send is the client's matter. Null for nothing.
 * @throws whatever the steps throw before anything is sent; CANCELLED or TIMEOUT when the query has to stop.
 */
export async function writeBody(
  out: TextPieces,
  steps: Steps<void>,
  clock: Clock,
  signal: AbortSignal,
  stop: QueryStop | null,
): Promise<ResponseBody> {
  const first = filled(out, steps, RESPONSE_STREAM_BYTES_MIN);
  const isWhole = await runInSlices(
    checkedSteps(first, () => stop?.check()),
    clock,
  );
  if (isWhole) return { body: out.finish(), sent: null };
  let body: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  const sent = new Promise<void>((resolve, reject) => {
    const end = (error: unknown): void => (error === null ? resolve() : reject(error));
    body = new ReadableStream(new BodySource(out, steps, clock, signal, end), QUEUE_NOTHING);
  });
  return { body: body!, sent };
}

/** What is written is what the client asks for, and nothing ahead of it. */
const QUEUE_NOTHING = { highWaterMark: 0 };

/** Writes until some bytes are ready: true when it was all. */
function* filled(out: TextPieces, steps: Steps<void>, bytes: number): Steps<boolean> {
  for (;;) {
    if (out.readyBytes >= bytes) return false;
    if (steps.next().done) return true;
    yield;
  }
}

class BodySource implements UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> {
  readonly #out: TextPieces;
  readonly #steps: Steps<void>;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onEnd: (error: unknown) => void;
  readonly #abort = (): void => this.#fail(new EngineError('CANCELLED', CANCELLED));
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #timer: Timer | null = null;
  #isOver = false;

  constructor(
    out: TextPieces,
    steps: Steps<void>,
    clock: Clock,
    signal: AbortSignal,
    onEnd: (error: unknown) => void,
  ) {
    this.#out = out;
    this.#steps = steps;
    this.#clock = clock;
    this.#signal = signal;
    this.#onEnd = onEnd;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void {
    this.#controller = controller;
    this.#signal.addEventListener('abort', this.#abort);
    this.#await();
    if (this.#signal.aborted) this.#abort();
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    this.#timer?.cancel();
    try {
      const isWhole = await runInSlices(filled(this.#out, this.#steps, 1), this.#clock);
      if (this.#isOver) return;
      controller.enqueue(this.#out.take());
      if (isWhole) {
        this.#end(null);
        controller.close();
      } else this.#await();
    } catch (error) {
      this.#fail(error);
    }
  }

  cancel(): void {
    this.#end(new EngineError('CANCELLED', 'broker: the client has gone away'));
  }

  /** A client that takes nothing for long holds the rows of an answer for nothing. */
  #await(): void {
    this.#timer = this.#clock.schedule(RESPONSE_STALL_MS_MAX, () => {
      const message = `broker: the client has taken nothing of the answer for ${RESPONSE_STALL_MS_MAX} ms`;
      this.#fail(new EngineError('TIMEOUT', message));
    });
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end(error);
    this.#controller?.error(error);
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#signal.removeEventListener('abort', this.#abort);
    this.#onEnd(error);
  }
}

const CANCELLED = 'broker: the query was cancelled while its answer was sent';
