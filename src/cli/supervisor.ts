import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { EngineError } from '../base/errors.ts';
import type { ListedProcess } from './process-list.ts';
import type { Instance } from './topology.ts';

/** What a supervisor needs. */
export interface SupervisorOptions {
  /** The program and its first arguments; those of an instance follow. */
  readonly command: readonly [string, ...string[]];
  /** An existing folder where each process's output goes: `<directory>/<name>.log`. */
  readonly logDirectory: string;
  /** Told what happens, in lines for people. */
  readonly report: (line: string) => void;
  /** Called when a process has come or gone. */
  readonly onChange: (processes: readonly ListedProcess[]) => void;
}

/** What a process prints when it is ready. */
const READY = 'listens on';
const READY_TIMEOUT_MS = 60_000;

/** Before a process that has died is started again; twice as long each time that it dies at once. */
const RESTART_DELAY_MS_MIN = 200;
const RESTART_DELAY_MS_MAX = 10_000;
/** A process that has lived so long was well: its next death counts as the first. */
const WELL_AFTER_MS = 10_000;

/** For a process to end after it has been asked to; then it is killed. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Runs the processes of a cluster, and starts again those that end.
 *
 * Caller must: call `stop` at the end.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes: SupervisedProcess[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts processes at the same time; resolves when all are ready.
   *
   * @throws EngineError SERVER_UNAVAILABLE when one ends before it is ready, or takes too long.
   */
  async start(instances: readonly Instance[]): Promise<void> {
    const onChange = () =>
      this.#options.onChange(this.#processes.map(({ description }) => description));
    const started = instances.map(
      (instance) => new SupervisedProcess(instance, { ...this.#options, onChange }),
    );
    this.#processes.push(...started);
    await Promise.all(started.map((process) => process.start()));
  }

  /** Ends processes one after the other: those that were started last first. */
  async stop(): Promise<void> {
    for (const process of this.#processes.toReversed()) await process.stop();
  }
}

interface ProcessOptions extends Omit<SupervisorOptions, 'onChange'> {
  readonly onChange: () => void;
}

/** One process, again and again. */
class SupervisedProcess {
  readonly #instance: Instance;
  readonly #options: ProcessOptions;
  #child: ChildProcess | null = null;
  #isReady = false;
  #isStopping = false;
  #restart: NodeJS.Timeout | null = null;
  #restartDelayMs = RESTART_DELAY_MS_MIN;

  constructor(instance: Instance, options: ProcessOptions) {
    this.#instance = instance;
    this.#options = options;
  }

  get description(): ListedProcess {
    const processId = this.#child?.pid ?? null;
    return { name: this.#instance.name, processId, isReady: this.#isReady };
  }

  /** Starts it for the first time; from then on it is started whenever it has ended. */
  async start(): Promise<void> {
    const { name, address } = this.#instance;
    await this.#run();
    this.#options.report(`${name} listens on ${address.host}:${address.port}`);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    // A process that is paused hears of it when it goes on.
    child.kill('SIGCONT');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(impatience);
  }

  /** Resolves when the process says that it is ready. */
  #run(): Promise<void> {
    const child = this.#spawn();
    const startedAtMs = performance.now();
    return new Promise((resolve, reject) => {
      const fail = (problem: string) => reject(this.#notReady(problem));
      const impatience = setTimeout(
        () => fail(`was not ready within ${READY_TIMEOUT_MS / 1000} s`),
        READY_TIMEOUT_MS,
      );
      let output = '';
      child.stdout?.on('data', (bytes: Buffer) => {
        if (this.#isReady) return;
        output += bytes.toString();
        if (!output.includes(READY)) return;
        clearTimeout(impatience);
        this.#isReady = true;
        this.#options.onChange();
        resolve();
      });
      child.once('error', (error) => fail(error.message));
      child.once('close', (code, signal) => {
        clearTimeout(impatience);
        fail(`ended with ${signal ?? code}`);
        this.#noticeEnd(signal ?? code, performance.now() - startedAtMs);
      });
    });
  }

  #spawn(): ChildProcess {
    const { command, logDirectory, onChange } = this.#options;
    const { name, args } = this.#instance;
    const [program, ...first] = command;
    const child = spawn(program, [...first, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C in a terminal is for the supervisor, which stops the others in their order.
      detached: true,
    });
    const log = createWriteStream(`${logDirectory}/${name}.log`, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
    this.#child = child;
    onChange();
    return child;
  }

  #noticeEnd(end: string | number | null, livedMs: number): void {
    const { report, onChange } = this.#options;
    const { name } = this.#instance;
    const wasReady = this.#isReady;
    this.#child = null;
    this.#isReady = false;
    onChange();
    if (this.#isStopping) return;
    if (wasReady && livedMs > WELL_AFTER_MS) this.#restartDelayMs = RESTART_DELAY_MS_MIN;
    const delayMs = this.#restartDelayMs;
    this.#restartDelayMs = Math.min(2 * delayMs, RESTART_DELAY_MS_MAX);
    report(`${name} ended with ${end}; it starts again in ${delayMs} ms`);
    this.#restart = setTimeout(() => {
      this.#restart = null;
      this.#run().then(
        () => report(`${name} is back`),
        (error: Error) => report(error.message),
      );
    }, delayMs);
  }

  #notReady(problem: string): EngineError {
    const { name } = this.#instance;
    const log = `${this.#options.logDirectory}/${name}.log`;
    return new EngineError('SERVER_UNAVAILABLE', `${name} ${problem}; ${log} says why`);
  }
}
