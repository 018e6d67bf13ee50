import { EngineError } from '../../base/errors.ts';
import { DEFAULT_SERVER_TAG } from '../../base/placement-limits.ts';
import type { CoordinatorClient } from '../client.ts';
import { childPath, clusterPaths, encodeNode } from './paths.ts';
import type { InstanceNode } from './placement-nodes.ts';

/**
 * Makes an ephemeral node of this session say something. A node that an earlier session left behind
 * (the process was killed and came back before the coordinator noticed) is replaced, since it would
 * otherwise vanish with that session.
 *
 * Caller must: be the only process that uses the path, which holds its id.
 */
export async function putEphemeral(
  client: CoordinatorClient,
  path: string,
  value: object,
): Promise<void> {
  const data = encodeNode(path, value);
  for (;;) {
    await deleteIfThere(client, path);
    if (await createEphemeral(client, path, data)) return;
  }
}

/**
 * Creates an ephemeral node.
 *
 * @returns false when there is one already.
 */
export async function createEphemeral(
  client: CoordinatorClient,
  path: string,
  data: Uint8Array,
): Promise<boolean> {
  try {
    await client.create(path, data, { ephemeral: true });
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'ALREADY_EXISTS') return false;
    throw error;
  }
}

/** Writes down what a server is, the first time that it is there; what others have made of it stays. */
export async function registerInstance(client: CoordinatorClient, id: string): Promise<void> {
  const path = childPath(clusterPaths.instances, id);
  const node: InstanceNode = { tags: [DEFAULT_SERVER_TAG] };
  try {
    await client.create(path, encodeNode(path, node));
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'ALREADY_EXISTS')) throw error;
  }
}

/** Deletes a node; no error when it is not there. */
export async function deleteIfThere(client: CoordinatorClient, path: string): Promise<void> {
  try {
    await client.delete(path);
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'NOT_FOUND')) throw error;
  }
}
