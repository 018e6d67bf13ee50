import { type ChildProcess, fork } from 'node:child_process';
import type { Rows } from './compare-answers.ts';
import type { StoredTable } from './data.ts';
import { ENGINES } from './engines/all.ts';
import type { EngineOptions } from './engines/engine.ts';
import type { Racer } from './race.ts';

/** What an engine's process must know. */
export interface EngineProcessSetup extends EngineOptions {
  readonly engine: string;
  readonly suite: string;
  readonly rowCount: number;
  readonly parquetPath: string;
}

/** A call into an engine's process. */
export interface EngineRequest {
  readonly id: number;
  readonly method: 'load' | 'open' | 'answer' | 'time' | 'peak';
  /** The query's name. */
  readonly query?: string;
}

/** The answer to a call, or what went wrong. */
export interface EngineReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** An engine in a process of its own. */
export interface Host extends Racer {
  /** Loads the table. */
  load(): Promise<Omit<StoredTable, 'sizeBytes'>>;
  /** Greatest resident memory of the process so far, in bytes. */
  peak(): Promise<number>;
  close(): Promise<void>;
}

/** An error in an engine's process, with the engine's code if it has one. */
export class EngineFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Starts a process for an engine; nothing is loaded or opened yet. */
export function startHost(setup: EngineProcessSetup): Host {
  const path = new URL('./engine-process.js', import.meta.url);
  // V8 compiles and collects on threads of its own, four unless told: no more than the engine may have.
  const execArgv = [`--v8-pool-size=${setup.threads}`];
  const child = fork(path, [JSON.stringify(setup)], { serialization: 'advanced', execArgv });
  const call = caller(child, setup.engine);
  return {
    name: setup.engine,
    load: () => call('load') as ReturnType<Host['load']>,
    hasFiles: ENGINES.find(({ name }) => name === setup.engine)!.hasFiles,
    open: () => call('open') as Promise<number>,
    answer: (query) => call('answer', query) as Promise<Rows | null>,
    time: (query) => call('time', query) as Promise<number | null>,
    peak: () => call('peak') as Promise<number>,
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await ended;
    },
  };
}

function caller(child: ChildProcess, name: string) {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  child.on('message', ({ id, result, error }: EngineReply) => {
    const promise = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) promise?.resolve(result);
    else promise?.reject(new EngineFailure(error.code, error.message));
  });
  child.on('exit', (code, signal) => {
    const failure = new EngineFailure('', `${name}'s process ended (${signal ?? code})`);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  });
  return (method: EngineRequest['method'], query?: string) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      const request: EngineRequest = { id, method, ...(query !== undefined && { query }) };
      child.send(request, (error) => {
        if (error !== null) reject(new EngineFailure('', `${name}: ${error.message}`));
      });
    });
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: EngineFailure): void;
}
