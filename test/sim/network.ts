import { EngineError } from '../../src/base/errors.ts';
import { TCP_CONNECT_TIMEOUT_MS } from '../../src/base/limits.ts';
import type { Clock } from '../../src/io/clock.ts';
import type { Address, Network, TcpConnection, TcpListener } from '../../src/io/network.ts';
import { Endpoint, type Wires } from './connection.ts';
import { httpClient, type TcpDoor } from './http-client.ts';
import { serveHttp } from './http-door.ts';
import type { SimulatedProcess } from './process.ts';

/** Ports whose connections carry one frame per write; see `Endpoint`. */
export const PEER_PORT = 2888;

const FIRST_FREE_PORT = 40_000;
const SYN_RETRY_MS = 1_000;
const SWEEP_AT_CONNECTIONS = 200;
/** The first bytes come after the connection itself. */
const CONNECTED_AFTER_MS = 0.001;

interface Listening {
  readonly process: SimulatedProcess;
  readonly onConnection: (connection: TcpConnection) => void;
  readonly connections: Set<Endpoint>;
}

/** All hosts, what listens on them, and the connections between them. */
export class SimulatedNetwork {
  readonly #wires: Wires;
  readonly #listening = new Map<string, Listening>();
  readonly #connections = new Set<Endpoint>();
  #nextPort = FIRST_FREE_PORT;

  constructor(wires: Wires) {
    this.#wires = wires;
  }

  /**
   * The network as a process on a host sees it. Dies with the process.
   *
   * @param clock of the process, for timeouts of HTTP (default: true time).
   */
  forProcess(process: SimulatedProcess, host: string, clock = processClock(process)): Network {
    const tcp = this.#tcpDoor(process, host);
    return {
      ...tcp,
      serveHttp: (address, handler) => serveHttp(tcp, clock, address, handler),
      httpClient: (origin) => httpClient(tcp, clock, origin),
    };
  }

  #tcpDoor(process: SimulatedProcess, host: string): TcpDoor {
    return {
      listenTcp: (address, onConnection) => {
        const asked = address.port === 0 ? this.#nextPort++ : address.port;
        return process.later(0, () =>
          this.#listen(process, { host: address.host, port: asked }, onConnection),
        );
      },
      connectTcp: (address) => this.#connect(process, host, address),
    };
  }

  /** Sends what was held by a block that is gone. */
  flush(): void {
    for (const endpoint of this.#connections) endpoint.flush();
  }

  /**
   * Breaks what a dead process had open.
   *
   * @param breakAfterMs how long others do not notice; null when its machine tells them.
   */
  abandon(process: SimulatedProcess, breakAfterMs: number | null): void {
    for (const [address, listening] of this.#listening) {
      if (listening.process === process) this.#listening.delete(address);
    }
    for (const endpoint of this.#connections) {
      if (endpoint.process !== process) continue;
      const { links } = this.#wires;
      const delayMs = breakAfterMs ?? links.drawLatencyMs(endpoint.host, endpoint.remote.host);
      endpoint.abandon()?.breakAfter(delayMs);
    }
    this.#sweep();
  }

  /** Resets connections of a host, all or those that are drawn; returns how many. */
  reset(host: string, isDrawn: () => boolean): number {
    this.#sweep();
    let count = 0;
    for (const endpoint of this.#connections) {
      if (endpoint.host !== host || endpoint.isClosed || !isDrawn()) continue;
      endpoint.reset();
      count++;
    }
    return count;
  }

  #listen(
    process: SimulatedProcess,
    address: Address,
    onConnection: (connection: TcpConnection) => void,
  ): TcpListener {
    const name = textOf(address);
    if (this.#listening.has(name)) {
      throw new EngineError('ADDRESS_IN_USE', `tcp: cannot listen on ${name}: it is taken`);
    }
    const listening = { process, onConnection, connections: new Set<Endpoint>() };
    this.#listening.set(name, listening);
    return {
      address,
      failedHandshakeCount: 0,
      renewCertificates: () => {},
      close: () =>
        process.later(0, () => {
          if (this.#listening.get(name) === listening) this.#listening.delete(name);
          for (const endpoint of listening.connections) endpoint.destroy();
        }),
    };
  }

  #connect(process: SimulatedProcess, host: string, address: Address): Promise<TcpConnection> {
    const { scheduler, links } = this.#wires;
    return new Promise((resolve, reject) => {
      let isSettled = false;
      const fail = (code: 'TIMEOUT' | 'SERVER_UNAVAILABLE', why: string): void => {
        isSettled = true;
        reject(new EngineError(code, `tcp: cannot connect to ${textOf(address)}: ${why}`));
      };
      const timer = process.schedule(TCP_CONNECT_TIMEOUT_MS, () =>
        fail('TIMEOUT', `no answer within ${TCP_CONNECT_TIMEOUT_MS} ms`),
      );
      const settle = (here: Endpoint | null): void => {
        timer.action = null;
        if (isSettled) here?.destroy();
        else if (here === null) fail('SERVER_UNAVAILABLE', 'refused');
        else if (here.isClosed) fail('SERVER_UNAVAILABLE', 'the peer hung up');
        else resolve(here);
      };
      const attempt = (retryMs: number): void => {
        if (!process.isAlive || isSettled) return;
        if (links.isBlocked(host, address.host) || links.isBlocked(address.host, host)) {
          scheduler.after(retryMs, () => attempt(2 * retryMs));
          return;
        }
        const backMs = links.drawLatencyMs(address.host, host);
        const listening = this.#listening.get(textOf(address));
        const isRefused = listening === undefined || links.isRefusing(address.host);
        const here = isRefused ? null : this.#open(listening, process, host, address, backMs);
        process.schedule(backMs, () => settle(here));
      };
      scheduler.after(links.drawLatencyMs(host, address.host), () => attempt(SYN_RETRY_MS));
    });
  }

  #open(
    listening: Listening,
    process: SimulatedProcess,
    host: string,
    address: Address,
    backMs: number,
  ): Endpoint {
    const carriesFrames = address.port === PEER_PORT;
    const remote = { host, port: this.#nextPort++ };
    const here = new Endpoint(this.#wires, { host, remote: address, process, carriesFrames });
    const there = new Endpoint(this.#wires, {
      host: address.host,
      remote,
      process: listening.process,
      carriesFrames,
    });
    Endpoint.join(here, there);
    here.notBefore(this.#wires.scheduler.nowMs + backMs + CONNECTED_AFTER_MS);
    if (this.#connections.size > SWEEP_AT_CONNECTIONS) this.#sweep();
    this.#connections.add(here).add(there);
    listening.connections.add(there);
    listening.process.run(() => listening.onConnection(there));
    return here;
  }

  #sweep(): void {
    for (const endpoint of this.#connections) {
      if (endpoint.isClosed && endpoint.isIdle) this.#connections.delete(endpoint);
    }
    for (const { connections } of this.#listening.values()) {
      for (const endpoint of connections) if (endpoint.isClosed) connections.delete(endpoint);
    }
  }
}

function textOf(address: Address): string {
  return `${address.host}:${address.port}`;
}

function processClock(process: SimulatedProcess): Pick<Clock, 'schedule'> {
  return {
    schedule: (delayMs, action) => {
      const event = process.schedule(delayMs, action);
      return {
        cancel: () => {
          event.action = null;
        },
      };
    },
  };
}
