import { EngineError } from '../base/errors.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import { decodeNode } from '../coord/cluster/paths.ts';

/** A node as it is now, with its version for the next write; null when it is not there. */
export async function readNode<T extends object>(
  client: CoordinatorClient,
  path: string,
): Promise<{ readonly value: T; readonly version: number } | null> {
  try {
    const { data, stat } = await client.get(path);
    return { value: decodeNode<T>(path, data), version: stat.version };
  } catch (error) {
    if (error instanceof EngineError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
