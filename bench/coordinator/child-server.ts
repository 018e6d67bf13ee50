import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../src/io/network.ts';
import { askWord } from './four-letter-word.ts';

/** How to run a coordination server as a process of its own. */
export interface ChildServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Where its clients connect. */
  readonly address: Address;
  /** Gets everything that it prints, appended. */
  readonly logPath: string;
}

const START_MS_MAX = 60_000;
const POLL_MS = 20;

/**
 * A server process that can be killed, stopped, continued and started again on the same data.
 *
 * Caller must: kill it in the end; a process that outlives its parent is nobody's.
 */
export class ChildServer {
  readonly #options: ChildServerOptions;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: ChildServerOptions) {
    this.#options = options;
  }

  get address(): Address {
    return this.#options.address;
  }

  /** The process's number, or null while none runs. */
  get processId(): number | null {
    return this.#child?.pid ?? null;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Starts the process, without waiting for it to serve. */
  start(): void {
    const { command, args, environment, logPath } = this.#options;
    const log = openSync(logPath, 'a');
    const child = spawn(command, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...environment },
    });
    closeSync(log);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        if (this.#child === child) this.#child = null;
        resolve();
      };
      child.once('exit', end).once('error', end);
    });
  }

  /** Resolves once it says that it serves requests. @throws Error with its log when it ends before. */
  async serves(): Promise<void> {
    const giveUpMs = performance.now() + START_MS_MAX;
    while (performance.now() < giveUpMs) {
      if (this.#child === null) throw new Error(`the server ended:\n${this.log()}`);
      const answer = await askWord(this.address, 'srvr');
      if (answer?.includes('Mode:')) return;
      await sleep(POLL_MS);
    }
    throw new Error(`the server does not serve:\n${this.log()}`);
  }

  /** Sends a signal, for example SIGSTOP. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Kills it as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** What it printed, over all its lives. */
  log(): string {
    return readFileSync(this.#options.logPath, 'utf8');
  }

  /** `leader`, `follower` or `standalone`, or null while it serves nobody. */
  async mode(): Promise<string | null> {
    const answer = await askWord(this.address, 'srvr');
    return /^Mode: (\S+)/m.exec(answer ?? '')?.[1] ?? null;
  }

  /** Bytes of memory that are resident, or null where the system does not say. */
  residentBytes(): number | null {
    if (this.processId === null) return null;
    try {
      const status = readFileSync(`/proc/${this.processId}/status`, 'latin1');
      const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      return kibibytes === undefined ? null : Number(kibibytes) * 1024;
    } catch {
      return null;
    }
  }
}
