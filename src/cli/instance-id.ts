import { EngineError } from '../base/errors.ts';
import type { Address } from '../io/network.ts';
import { nodeDisk } from '../io/node-disk.ts';

const PREFIXES = { controller: 'Controller', server: 'Server' } as const;

/**
 * The id of a role, as Pinot forms it from its first address: `Server_127.0.0.1_8098`. It stays in
 * the data folder, because segments belong to it even when the role comes back at another port.
 *
 * @param directory the role's data folder; created when it is missing.
 * @throws EngineError CORRUPT_DATA when the file holds something else.
 */
export async function instanceId(
  directory: string,
  role: keyof typeof PREFIXES,
  { host, port }: Address,
): Promise<string> {
  const path = `${directory}/${role}.id`;
  if ((await nodeDisk.sizeBytes(path)) !== null) {
    const id = new TextDecoder().decode(await nodeDisk.readFile(path)).trim();
    if (/^[\w.:-]+$/.test(id)) return id;
    throw new EngineError('CORRUPT_DATA', `${path} should hold the id of a ${role}; delete it`);
  }
  const id = `${PREFIXES[role]}_${host}_${port}`;
  await nodeDisk.makeDirectory(directory);
  await nodeDisk.replaceFile(path, new TextEncoder().encode(`${id}\n`));
  return id;
}
