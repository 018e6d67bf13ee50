import type { RoleSabotage } from './role-sabotage.ts';

export const mergeDropsAnswer: RoleSabotage = {
  name: 'merge-drops-answer',
  sentence: 'A broker that has answers of several servers merges all but one.',
  plant: () => ({
    broker: (options) => ({
      ...options,
      reduce: (plan, partials, ...rest) =>
        options.reduce(plan, partials.slice(0, Math.max(1, partials.length - 1)), ...rest),
    }),
  }),
};
