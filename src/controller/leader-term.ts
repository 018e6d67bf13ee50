import { EngineError } from '../base/errors.ts';
import type { CoordinatorClient, TransactionOperation } from '../coord/client.ts';
import { clusterPaths, encodeNode } from '../coord/cluster/paths.ts';
import { readNode } from './read-node.ts';

/**
 * The time during which a controller leads. Every write of it also checks the version of the leader's
 * node, which whoever leads next has raised before it reads anything: so a controller that was stopped
 * for a while changes nothing once another one leads. When its session was lost and nobody else has led
 * meanwhile, the term goes on in the next session.
 */
export class LeaderTerm {
  /** Version of the leader's node. */
  readonly number: number;
  readonly #client: CoordinatorClient;
  readonly #over = new AbortController();

  /** @param number from `seekLeadership`. */
  constructor(client: CoordinatorClient, number: number) {
    this.#client = client;
    this.number = number;
  }

  /** Aborted when the term has ended. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Ends the term: nothing is written in it any more. */
  end(): void {
    this.#over.abort(deposed());
  }

  /**
   * Makes a node what `change` makes of it, whatever happens to the connection meanwhile.
   *
   * @param change gets the node as it is, or null; gives what it should be, or null to leave it. May be
   *   asked more than once, also about what it has itself brought about.
   * @returns the node as it is then; null when it is not there.
   * @throws EngineError SERVER_UNAVAILABLE when the term has ended.
   */
  async update<T extends object>(
    path: string,
    change: (current: T | null) => T | null,
  ): Promise<T | null> {
    for (;;) {
      const found = await readNode<T>(this.#client, path);
      const next = change(found?.value ?? null);
      if (next === null) return found?.value ?? null;
      const data = encodeNode(path, next);
      const done = await this.#attempt(
        found === null
          ? { kind: 'create', path, data }
          : { kind: 'set', path, data, expectedVersion: found.version },
      );
      if (done) return next;
    }
  }

  /** Deletes a node; no error when it is not there. */
  async remove(path: string): Promise<void> {
    while ((await this.#client.exists(path)) !== null) {
      if (await this.#attempt({ kind: 'delete', path })) return;
    }
  }

  /** Says whether the term still lasts, as the coordinator knows it. */
  async check(): Promise<void> {
    await this.#attempt(null);
  }

  /** @returns false when the node must be looked at again. */
  async #attempt(operation: TransactionOperation | null): Promise<boolean> {
    if (this.signal.aborted) throw deposed();
    const path = clusterPaths.leader;
    const check = { kind: 'check', path, expectedVersion: this.number } as const;
    try {
      await this.#client.transaction(operation === null ? [check] : [check, operation]);
      return true;
    } catch (error) {
      if (!(error instanceof EngineError) || !UNDECIDED.has(error.code)) throw error;
    }
    const found = await readNode(this.#client, path);
    if (found?.version === this.number) return false;
    this.end();
    throw deposed();
  }
}

/** After these the node has to be read again: it, or the term, is not what it was. */
const UNDECIDED: ReadonlySet<EngineError['code']> = new Set([
  'CONFLICT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'CONNECTION_LOSS',
  'SESSION_EXPIRED',
]);

function deposed(): EngineError {
  return new EngineError(
    'SERVER_UNAVAILABLE',
    'controller: this controller does not lead any more; try again in a few seconds',
  );
}
