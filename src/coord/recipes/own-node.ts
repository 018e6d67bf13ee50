import { EngineError } from '../../base/errors.ts';
import type { CoordinatorClient } from '../client.ts';

/** An ephemeral, sequential node of a client's present session. */
export interface OwnNode {
  readonly path: string;
  readonly name: string;
  /** The number at the end of its name: the order among its siblings. */
  readonly sequence: number;
  /**
   * Its czxid: larger than that of every node made before it in the whole tree, so that whoever
   * guards something can refuse what comes with a smaller one (a fencing token).
   */
  readonly token: bigint;
  /** Aborted when the session, and with it the node, is gone or must be taken to be. */
  readonly ended: AbortSignal;
}

const SEQUENCE_CHARACTERS = 10;

/** The number that the coordinator put at the end of a sequential node's name. */
export function sequenceOf(name: string): number {
  return Number(name.slice(-SEQUENCE_CHARACTERS));
}

/** Names of sequential nodes that begin so, in the order of their creation. */
export function inOrder(names: readonly string[], prefix: string): string[] {
  return names
    .filter((name) => name.startsWith(prefix))
    .sort((left, right) => sequenceOf(left) - sequenceOf(right));
}

/**
 * Creates a node below a parent, which is made if it is missing. Its name holds an id that no other
 * node ever has, so that after a lost connection it can be found whether the node was created: a
 * node that nobody knows of would hold up all others (Curator's protected creation).
 *
 * @param prefix begins the name, before the id.
 * @throws EngineError what `CoordinatorClient.create` throws, except CONNECTION_LOSS.
 */
export async function createOwnNode(
  client: CoordinatorClient,
  parent: string,
  prefix: string,
  data: Uint8Array,
): Promise<OwnNode> {
  for (;;) {
    const ended = client.sessionSignal;
    const start = `${prefix}${client.uniqueName()}-`;
    const path = await createOrFind(client, parent, start, data);
    if (path === null) continue;
    const stat = await withoutLoss(client, () => client.exists(path));
    if (stat === null) continue; // The session ended just now.
    if (ended.aborted || stat.ephemeralOwner !== client.sessionId) {
      await removeOwnNode(client, path);
      continue;
    }
    const name = path.slice(parent.length + 1);
    return { path, name, sequence: sequenceOf(name), token: stat.czxid, ended };
  }
}

/**
 * Deletes a node of this client, whatever happens to its connections meanwhile: resolves when it is
 * gone, or when the client is closed, which ends its session.
 */
export async function removeOwnNode(client: CoordinatorClient, path: string): Promise<void> {
  const owner = client.sessionId;
  while (!client.isClosed && client.sessionId === owner) {
    try {
      await client.delete(path);
      return;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.code === 'NOT_FOUND') return;
      // Unreachable servers have been waited for already. The session takes the node along.
      if (!PASSING.has(error.code)) throw error;
    }
  }
}

/** Performs `action` again while its outcome is unknown or no server answers. */
export async function withoutLoss<T>(
  client: CoordinatorClient,
  action: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      const isLoss = error instanceof EngineError && PASSING.has(error.code);
      if (!isLoss || client.isClosed) throw error;
    }
  }
}

/** Makes a parent for nodes that come and go: a container where the server has them. */
export async function ensureParent(client: CoordinatorClient, path: string): Promise<void> {
  await withoutLoss(client, () => client.ensureContainer(path));
}

/** True for an error of this code. */
export function hasCode(error: unknown, code: EngineError['code']): boolean {
  return error instanceof EngineError && error.code === code;
}

const PASSING: ReadonlySet<EngineError['code']> = new Set([
  'CONNECTION_LOSS',
  'SERVER_UNAVAILABLE',
  'SESSION_EXPIRED',
  'TIMEOUT',
]);

/** The new node's path, or null when it was not created and should be tried again. */
async function createOrFind(
  client: CoordinatorClient,
  parent: string,
  start: string,
  data: Uint8Array,
): Promise<string | null> {
  try {
    return await client.create(`${parent}/${start}`, data, { ephemeral: true, sequential: true });
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) {
      await ensureParent(client, parent);
      return null;
    }
    if (hasCode(error, 'SESSION_EXPIRED')) return null;
    if (!hasCode(error, 'CONNECTION_LOSS')) throw error;
    return findNode(client, parent, start);
  }
}

/** Looks for the node behind everything that was sent before, also through another server. */
function findNode(
  client: CoordinatorClient,
  parent: string,
  start: string,
): Promise<string | null> {
  return withoutLoss(client, async () => {
    try {
      await client.sync(parent);
      const name = (await client.children(parent)).find((each) => each.startsWith(start));
      return name === undefined ? null : `${parent}/${name}`;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return null;
      throw error;
    }
  });
}
