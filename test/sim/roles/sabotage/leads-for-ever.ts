import { EngineError } from '../../../../src/base/errors.ts';
import { LeaderTerm } from '../../../../src/controller/leader-term.ts';
import { PRODUCTION_PARTS } from '../../../../src/controller/parts.ts';
import { readNode } from '../../../../src/controller/read-node.ts';
import type { CoordinatorClient } from '../../../../src/coord/client.ts';
import { encodeNode } from '../../../../src/coord/cluster/paths.ts';
import { deleteIfThere } from '../../../../src/coord/cluster/presence.ts';
import { override } from '../../sabotage/override.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const leadsForEver: RoleSabotage = {
  name: 'leads-for-ever',
  sentence: 'A controller that has led once goes on writing, whoever leads.',
  plant: () => ({
    controller: (options) => ({
      ...options,
      parts: {
        ...PRODUCTION_PARTS,
        createTerm: (client, number) => endless(client, number),
      },
    }),
  }),
};

/** After these the node is read again, as by a term that ends. */
const UNDECIDED: ReadonlySet<string> = new Set(['CONFLICT', 'ALREADY_EXISTS', 'CONNECTION_LOSS']);

function endless(client: CoordinatorClient, number: number): LeaderTerm {
  return override(new LeaderTerm(client, number), {
    end: () => {},
    check: () => Promise.resolve(),
    remove: (path) => deleteIfThere(client, path),
    update: async (path, change) => {
      for (;;) {
        const found = await readNode(client, path);
        const next = change((found?.value ?? null) as Parameters<typeof change>[0]);
        if (next === null) return found?.value ?? null;
        try {
          const data = encodeNode(path, next);
          if (found === null) await client.create(path, data);
          else await client.set(path, data, found.version);
          return next;
        } catch (error) {
          const isUndecided = error instanceof EngineError && UNDECIDED.has(error.code);
          if (!isUndecided) throw error;
        }
      }
    },
  } as Partial<LeaderTerm>);
}
