/**
 * Worker threads as a role sees them.
 *
 * Keeps: messages to one worker arrive in order; typed arrays over shared memory are shared, not
 * copied.
 */
export interface Tasks {
  /** Cores this process may use. */
  readonly coreCount: number;
  /** Starts the engine's worker thread. */
  spawnWorker(): WorkerHandle;
}

/**
 * A running worker thread, seen from the thread that started it.
 *
 * Caller must: set `onMessage` and `onExit` in the turn in which it spawns the worker.
 */
export interface WorkerHandle {
  onMessage: (message: unknown) => void;
  /** Called once when the thread ends, with the error that ended it or null. */
  onExit: (error: Error | null) => void;
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  terminate(): Promise<void>;
}

/** The other end: what a worker thread sees. */
export interface WorkerPort {
  onMessage: (message: unknown) => void;
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
}
