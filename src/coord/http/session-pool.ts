import { decodeUtf8 } from '../../base/bytes.ts';
import { EngineError } from '../../base/errors.ts';
import { COORDINATOR_HTTP_IDLE_MS, COORDINATOR_HTTP_USERS_MAX } from '../../base/limits.ts';
import type { Clock, Timer } from '../../io/clock.ts';
import type { Credentials } from '../admin/control.ts';
import type { TreeAccess, TreeSession } from './tree-access.ts';

interface PooledSession {
  readonly key: string;
  readonly opening: Promise<TreeSession | null>;
  /** Requests under way. */
  useCount: number;
  idleTimer: Timer | null;
}

/**
 * Sessions that HTTP requests share, one for each user, closed when they were idle for long enough.
 * The key of a session is what its user proved, so nobody ever gets that of somebody else.
 */
export class SessionPool {
  readonly #access: TreeAccess;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, PooledSession>();
  #isClosed = false;

  constructor(access: TreeAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /**
   * Performs an action with a user's session.
   *
   * @returns null when the credentials are refused.
   * @throws EngineError SERVER_UNAVAILABLE when the coordinator does not serve, or when too many users
   *   are at work at the same time; and what the action throws.
   */
  async use<T>(
    credentials: Credentials | null,
    action: (session: TreeSession) => Promise<T>,
  ): Promise<T | null> {
    const pooled = this.#take(credentials);
    try {
      const session = await this.#opened(pooled);
      return session === null ? null : await action(session);
    } finally {
      this.#release(pooled);
    }
  }

  /** Ends all sessions. */
  close(): void {
    this.#isClosed = true;
    for (const pooled of [...this.#sessions.values()]) this.#forget(pooled);
  }

  #take(credentials: Credentials | null): PooledSession {
    if (this.#isClosed) throw new EngineError('SERVER_UNAVAILABLE', 'coord: the node is stopping');
    const key = keyOf(credentials);
    const pooled = this.#sessions.get(key) ?? this.#open(key, credentials);
    pooled.useCount++;
    pooled.idleTimer?.cancel();
    pooled.idleTimer = null;
    return pooled;
  }

  #open(key: string, credentials: Credentials | null): PooledSession {
    if (this.#sessions.size >= COORDINATOR_HTTP_USERS_MAX) this.#makeRoom();
    const opening = this.#access.openSession(credentials, {
      onEvent: () => {},
      onClose: () => this.#drop(pooled),
    });
    const pooled: PooledSession = { key, opening, useCount: 0, idleTimer: null };
    this.#sessions.set(key, pooled);
    return pooled;
  }

  async #opened(pooled: PooledSession): Promise<TreeSession | null> {
    try {
      const session = await pooled.opening;
      if (session === null) this.#drop(pooled);
      return session;
    } catch (error) {
      this.#drop(pooled);
      throw error;
    }
  }

  #release(pooled: PooledSession): void {
    pooled.useCount--;
    if (pooled.useCount > 0 || this.#sessions.get(pooled.key) !== pooled) return;
    pooled.idleTimer = this.#clock.schedule(COORDINATOR_HTTP_IDLE_MS, () => this.#forget(pooled));
  }

  #makeRoom(): void {
    const idle = [...this.#sessions.values()].find(({ useCount }) => useCount === 0);
    if (idle === undefined) {
      throw new EngineError(
        'SERVER_UNAVAILABLE',
        `coord: ${COORDINATOR_HTTP_USERS_MAX} users are at work over HTTP; try again`,
      );
    }
    this.#forget(idle);
  }

  #forget(pooled: PooledSession): void {
    this.#drop(pooled);
    void pooled.opening.then(
      (session) => session?.close(),
      () => {}, // It never was.
    );
  }

  #drop(pooled: PooledSession): void {
    pooled.idleTimer?.cancel();
    if (this.#sessions.get(pooled.key) === pooled) this.#sessions.delete(pooled.key);
  }
}

function keyOf(credentials: Credentials | null): string {
  if (credentials === null) return '';
  return `${credentials.scheme} ${decodeUtf8(credentials.auth, 'coord: credentials')}`;
}
