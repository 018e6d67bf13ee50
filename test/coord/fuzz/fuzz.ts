import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Prng } from '../../../src/base/prng.ts';
import { Authentication } from '../../../src/coord/auth/authentication.ts';
import { framed } from '../../../src/coord/zk/framing.ts';
import { OpCode, Xid } from '../../../src/coord/zk/opcodes.ts';
import { encodeRequest } from '../../../src/coord/zk/requests.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { MemoryCoordinator } from '../memory-coordinator.ts';
import { ManualClock, MemoryTcp } from '../memory-tcp.ts';
import { EDGES, FIRST_WORDS, HANDSHAKES, LARGE_REQUESTS, REQUESTS, request } from './corpus.ts';
import { mutated, pick } from './mutate.ts';
import { Watchdog } from './watchdog.ts';

/** Frames that one coordinator gets, before the next one begins with an empty tree. */
const FRAMES_PER_LIFE = 5_000;
const LARGE_EVERY = 2_500;
const HEADER_BYTES = 8;
const FRAMES_PER_CONNECTION_MAX = 60;

/** Of the honest client, who may do everything: an access list may have shut others out. */
const HEALTH_AUTH = 'super:test';
const HEALTH_IDENTITY = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=';

/** What a run has seen. */
export interface FuzzReport {
  readonly frames: number;
  readonly connections: number;
  /** Connections that the server ended. */
  readonly cutOff: number;
  readonly answers: number;
  readonly longestFrameMs: number;
  /** Growth after the first coordinator was gone, garbage not counted. */
  readonly memoryGrowthBytes: number;
}

/**
 * Sends frames to a coordinator that nobody honest would send, and checks after each: nothing is
 * thrown, a whole request is answered in order or its connection ends, and a hang ends the process.
 * Every now and then an honest client checks that all is well.
 *
 * @throws Error naming the frame and its bytes when a check fails.
 */
export async function fuzz(options: {
  readonly frames: number;
  readonly seed: number;
  readonly onProgress?: (frames: number) => void;
}): Promise<FuzzReport> {
  const watchdog = new Watchdog();
  const run = new Run(new Prng(options.seed), watchdog);
  try {
    await run.life(Math.min(FRAMES_PER_LIFE, options.frames));
    const before = usedBytes();
    while (run.frames < options.frames) {
      await run.life(Math.min(FRAMES_PER_LIFE, options.frames - run.frames));
      options.onProgress?.(run.frames);
    }
    return { ...run.report(), memoryGrowthBytes: usedBytes() - before };
  } finally {
    await watchdog.stop();
  }
}

class Run {
  frames = 0;
  readonly #prng: Prng;
  readonly #watchdog: Watchdog;
  #connections = 0;
  #cutOff = 0;
  #answers = 0;
  #longestFrameMs = 0;

  constructor(prng: Prng, watchdog: Watchdog) {
    this.#prng = prng;
    this.#watchdog = watchdog;
  }

  report(): Omit<FuzzReport, 'memoryGrowthBytes'> {
    return {
      frames: this.frames,
      connections: this.#connections,
      cutOff: this.#cutOff,
      answers: this.#answers,
      longestFrameMs: this.#longestFrameMs,
    };
  }

  /** One coordinator from beginning to end. */
  async life(frames: number): Promise<void> {
    const authentication = new Authentication(
      { digests: nodeDigests, random: nodeRandom },
      {
        saslUsers: new Map([['a', 'b']]),
        digest: { superDigest: HEALTH_IDENTITY },
        ...(this.#prng.integer(0, 8) === 0 ? { requiredSchemes: ['digest'] } : {}),
      },
    );
    const coordinator = new MemoryCoordinator({ authentication, clock: new ManualClock() });
    const end = this.frames + frames;
    while (this.frames < end) await this.#connection(coordinator, end);
    await checkHealth(coordinator);
  }

  async #connection(coordinator: MemoryCoordinator, end: number): Promise<void> {
    const prng = this.#prng;
    const tcp = new MemoryTcp();
    this.#connections++;
    coordinator.accept(tcp);
    let isInStep = prng.integer(0, 10) > 0;
    if (isInStep) tcp.receive(framed(HANDSHAKES[prng.integer(0, 3)]!));
    else await this.#send(coordinator, tcp, this.#firstBytes());
    await Promise.resolve();
    tcp.writes.length = 0;
    const last = Math.min(end, this.frames + prng.integer(1, FRAMES_PER_CONNECTION_MAX));
    while (this.frames < last && tcp.state === 'open') {
      const body = this.#body();
      const isHonest = prng.integer(0, 12) > 0;
      const bytes = isHonest ? framed(body) : withLength(body, pick(prng, EDGES));
      await this.#send(coordinator, tcp, bytes);
      if (isInStep && isHonest) checkAnswer(tcp, body);
      isInStep &&= isHonest;
      this.#answers += tcp.writes.length;
      tcp.writes.length = 0;
      if (!isInStep && prng.integer(0, 3) === 0) break;
    }
    if (tcp.state !== 'open') this.#cutOff++;
    tcp.hangUp();
    await Promise.resolve();
  }

  /** Sends one frame in pieces, and lets the coordinator finish its turn. */
  async #send(coordinator: MemoryCoordinator, tcp: MemoryTcp, bytes: Uint8Array): Promise<void> {
    this.frames++;
    this.#watchdog.beat(this.frames);
    const startMs = performance.now();
    try {
      for (const piece of this.#pieces(bytes)) tcp.receive(piece);
    } catch (cause) {
      const hex = Buffer.from(bytes.subarray(0, 2_000)).toString('hex');
      throw new Error(`fuzz: frame ${this.frames} was not survived: ${hex}`, { cause });
    }
    await Promise.resolve();
    coordinator.requests.length = 0;
    this.#longestFrameMs = Math.max(this.#longestFrameMs, performance.now() - startMs);
  }

  #firstBytes(): Uint8Array {
    const prng = this.#prng;
    const first = pick(prng, [...HANDSHAKES, ...FIRST_WORDS]);
    const bytes = prng.integer(0, 4) === 0 ? first : mutated(prng, first, HANDSHAKES);
    return prng.integer(0, 2) === 0 ? bytes : framed(bytes);
  }

  #body(): Uint8Array {
    const prng = this.#prng;
    if (prng.integer(0, LARGE_EVERY) === 0) {
      const large = pick(prng, LARGE_REQUESTS)();
      return prng.integer(0, 2) === 0 ? large : mutated(prng, large, REQUESTS);
    }
    const request = pick(prng, REQUESTS);
    if (prng.integer(0, 8) === 0) return request;
    if (prng.integer(0, 4) === 0) return mutated(prng, request, REQUESTS);
    // With a sound header more of them get as far as the decoder of their type, and the tree.
    const header = request.subarray(0, HEADER_BYTES);
    const body = mutated(prng, request.subarray(HEADER_BYTES), REQUESTS);
    return new Uint8Array(Buffer.concat([header, body]));
  }

  #pieces(bytes: Uint8Array): Uint8Array[] {
    const prng = this.#prng;
    if (prng.integer(0, 4) > 0) return [bytes];
    const pieces: Uint8Array[] = [];
    const longest = prng.integer(1, 1 + Math.max(1, bytes.length / 4));
    for (let start = 0; start < bytes.length; ) {
      const next = start + prng.integer(1, longest + 1);
      pieces.push(bytes.subarray(start, next));
      start = next;
    }
    return pieces;
  }
}

/** An honest client finds everything as it should be. */
async function checkHealth(coordinator: MemoryCoordinator): Promise<void> {
  const word = new MemoryTcp();
  coordinator.accept(word);
  word.receive(new TextEncoder().encode('ruok'));
  const tcp = new MemoryTcp();
  coordinator.accept(tcp);
  const auth = request(Xid.AUTH, OpCode.AUTH, (writer) => {
    const proof = new TextEncoder().encode(HEALTH_AUTH);
    encodeRequest(writer, { kind: 'authRaw', scheme: 'digest', auth: proof });
  });
  const exists = request(1, OpCode.EXISTS, (writer) => {
    encodeRequest(writer, { kind: 'exists', path: '/', watch: false });
  });
  tcp.receive(Buffer.concat([HANDSHAKES[0]!, auth, exists].map(framed)));
  await Promise.resolve();
  const said = new TextDecoder().decode(word.writes[0]);
  const answerBytes = tcp.writes.reduce((sum, bytes) => sum + bytes.length, 0);
  // The handshake's 41 bytes, 20 for who the client is, and the stat of `/`.
  if (said !== 'imok' || tcp.state !== 'open' || answerBytes !== 41 + 20 + 88) {
    throw new Error(`fuzz: no health after it: '${said}', ${tcp.state}, ${answerBytes} bytes`);
  }
  tcp.hangUp();
}

/** A whole request has been answered under its number, or the connection is gone. */
function checkAnswer(tcp: MemoryTcp, body: Uint8Array): void {
  const xid = body.length < 4 ? null : new DataView(body.buffer, body.byteOffset).getInt32(0);
  if (tcp.state !== 'open' || xids(tcp.writes).includes(xid)) return;
  const hex = Buffer.from(body.subarray(0, 2_000)).toString('hex');
  throw new Error(`fuzz: request ${xid} was neither answered nor refused: ${hex}`);
}

function xids(writes: readonly Uint8Array[]): (number | null)[] {
  const found: number[] = [];
  const bytes = Buffer.concat(writes);
  for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
    found.push(bytes.readInt32BE(at + 4));
  }
  return found;
}

function withLength(body: Uint8Array, length: number): Uint8Array {
  const bytes = framed(body);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

/** What is in use once everything that is not needed any more has been collected. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
