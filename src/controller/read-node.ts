import { EngineError } from '../base/errors.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import { decodeNode } from '../coord/cluster/paths.ts';

/** A node as it is now. */
export interface FoundNode<T> {
  /** Null when the node is empty. */
  readonly value: T | null;
  /** For the next write. */
  readonly version: number;
}

/** A node as it is now; null when it is not there. */
export async function readNode<T extends object>(
  client: CoordinatorClient,
  path: string,
): Promise<FoundNode<T> | null> {
  try {
    const { data, stat } = await client.get(path);
    const value = data.length === 0 ? null : decodeNode<T>(path, data);
    return { value, version: stat.version };
  } catch (error) {
    if (error instanceof EngineError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
