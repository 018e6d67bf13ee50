import { PRODUCTION_PARTS } from '../../../../src/controller/parts.ts';
import { override } from '../../sabotage/override.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const serversNotAwaited: RoleSabotage = {
  name: 'servers-not-awaited',
  sentence: 'A controller makes a load visible before any server has it.',
  plant: () => ({
    controller: (options) => ({
      ...options,
      parts: {
        ...PRODUCTION_PARTS,
        createLoadWait: (...wait) =>
          override(PRODUCTION_PARTS.createLoadWait(...wait), {
            untilServed: () => Promise.resolve(),
          }),
      },
    }),
  }),
};
