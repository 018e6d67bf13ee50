import type { RoleSabotage } from './role-sabotage.ts';

export const noGrace: RoleSabotage = {
  name: 'no-grace',
  sentence: 'Servers let go of segments at once, whatever brokers still ask for.',
  plant: () => ({ server: (options) => ({ ...options, graceMs: 0 }) }),
};
