import { crc32c } from '../../src/base/checksum.ts';
import { EngineError } from '../../src/base/errors.ts';
import type { Prng } from '../../src/base/prng.ts';
import type { Address, TcpConnection } from '../../src/io/network.ts';
import type { Links } from './links.ts';
import type { SimulatedProcess } from './process.ts';
import { chance } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** What connections share. */
export interface Wires {
  readonly scheduler: Scheduler;
  readonly links: Links;
  readonly prng: Prng;
}

/** Something on its way: bytes, or the end of the connection. */
type Item = { readonly bytes: Uint8Array } | { readonly end: Error | null };

/** Frames at the beginning of each direction that faults leave alone: greetings and authentication. */
const GREETING_FRAMES = 3;
const REORDER_DELAY_MS_MAX = 200;

/**
 * One end of a TCP connection. What it sends arrives in order, late or, while the way is blocked, not
 * until it is open again, as TCP does. On connections that carry `frames` (one write, one frame)
 * frames may also be lost, doubled and swapped, which TCP would never do, but peers must stand.
 */
export class Endpoint implements TcpConnection {
  readonly isEncrypted = false;
  readonly peerCertificateSubject = null;
  readonly host: string;
  readonly remote: Address;
  readonly process: SimulatedProcess;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: Error | null) => void = () => {};
  readonly #wires: Wires;
  readonly #carriesFrames: boolean;
  /** In order, on their way to this end. */
  readonly #arriving: Item[] = [];
  /** Not sent because the way is blocked. */
  readonly #held: Item[] = [];
  #peer: Endpoint | null = null;
  #lastArrivalMs = 0;
  #sentCount = 0;
  #isClosed = false;
  #isPaused = false;
  /** Arrivals that wait until this end reads on. */
  #unreadCount = 0;

  constructor(
    wires: Wires,
    place: { host: string; remote: Address; process: SimulatedProcess; carriesFrames: boolean },
  ) {
    this.#wires = wires;
    this.host = place.host;
    this.remote = place.remote;
    this.process = place.process;
    this.#carriesFrames = place.carriesFrames;
  }

  /** Joins the two ends of a connection. */
  static join(left: Endpoint, right: Endpoint): void {
    left.#peer = right;
    right.#peer = left;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True when nothing waits for a blocked way. */
  get isIdle(): boolean {
    return this.#held.length === 0;
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || !this.process.isAlive) return;
    this.#wires.scheduler.trace.mix(crc32c(bytes));
    this.#sentCount++;
    if (!this.#carriesFrames || this.#sentCount <= GREETING_FRAMES) this.#send({ bytes });
    else this.#sendFrame(bytes);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (; this.#unreadCount > 0; this.#unreadCount--) {
      this.process.schedule(0, () => this.#read());
    }
  }

  end(): void {
    if (this.#isClosed || !this.process.isAlive) return;
    this.#send({ end: null });
    this.#close(null);
  }

  destroy(): void {
    this.end();
  }

  /** Nothing arrives here before a moment: the connection does not stand yet. */
  notBefore(timeMs: number): void {
    this.#lastArrivalMs = timeMs;
  }

  /** Both ends are told that the connection broke, this one at once. */
  reset(): void {
    if (this.#isClosed) return;
    const error = brokenError(this.remote);
    this.#send({ end: brokenError(this.#peer!.remote) });
    if (this.process.isAlive) this.#close(error);
    else this.#isClosed = true;
  }

  /** The other end has gone without a word: this one learns of it after a while. */
  breakAfter(delayMs: number): void {
    this.process.schedule(delayMs, () => this.#close(brokenError(this.remote)));
  }

  /** Sends what was held, if the way is open. */
  flush(): void {
    if (this.#held.length === 0 || this.#isBlocked()) return;
    // TCP tries again less and less often.
    const delayMs = logRetransmissionMs(this.#wires.prng);
    for (const item of this.#held.splice(0)) this.#dispatch(item, delayMs);
  }

  /** The process has died; what it had sent still arrives. */
  abandon(): Endpoint | null {
    if (this.#isClosed) return null;
    this.#isClosed = true;
    return this.#peer;
  }

  #sendFrame(bytes: Uint8Array): void {
    const { prng, links } = this.#wires;
    const { loss, duplicate, reorder } = links.frameFaults;
    if (loss > 0 && chance(prng, loss)) return;
    const copies = duplicate > 0 && chance(prng, duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (reorder > 0 && chance(prng, reorder)) this.#sendAside(bytes);
      else this.#send({ bytes });
    }
  }

  /** Overtakes, and is overtaken by, what else is on its way. */
  #sendAside(bytes: Uint8Array): void {
    const { scheduler, prng } = this.#wires;
    const peer = this.#peer!;
    scheduler.after(prng.float() * REORDER_DELAY_MS_MAX, () => {
      if (!this.#isBlocked()) peer.process.run(() => peer.#take({ bytes }));
    });
  }

  #send(item: Item): void {
    if (this.#held.length > 0 || this.#isBlocked()) this.#held.push(item);
    else this.#dispatch(item, 0);
  }

  #dispatch(item: Item, extraMs: number): void {
    const { scheduler, links } = this.#wires;
    const peer = this.#peer!;
    const arrivalMs = scheduler.nowMs + extraMs + links.drawLatencyMs(this.host, peer.host);
    peer.#lastArrivalMs = Math.max(arrivalMs, peer.#lastArrivalMs);
    peer.#arriving.push(item);
    scheduler.after(peer.#lastArrivalMs - scheduler.nowMs, () => peer.#arrive());
  }

  /** Whatever is next in order is delivered; for a dead process the machine answers with a reset. */
  #arrive(): void {
    if (this.process.isAlive) {
      this.process.run(() => this.#read());
      return;
    }
    const item = this.#arriving.shift()!;
    if ('bytes' in item) this.#peer!.breakAfter(this.#wires.links.drawLatencyMs('', ''));
  }

  #read(): void {
    if (this.#isPaused) this.#unreadCount++;
    else this.#take(this.#arriving.shift()!);
  }

  #take(item: Item): void {
    if (this.#isClosed) return;
    if ('bytes' in item) this.onData(item.bytes);
    else this.#closed(item.end);
  }

  #close(error: Error | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.process.schedule(0, () => this.onClose(error));
  }

  #closed(error: Error | null): void {
    this.#isClosed = true;
    this.onClose(error);
  }

  #isBlocked(): boolean {
    return this.#wires.links.isBlocked(this.host, this.#peer!.host);
  }
}

function logRetransmissionMs(prng: Prng): number {
  return 50 * 20 ** prng.float();
}

function brokenError(remote: Address): EngineError {
  const text = `tcp: connection with ${remote.host}:${remote.port}: reset (simulated)`;
  return new EngineError('SERVER_UNAVAILABLE', text);
}
