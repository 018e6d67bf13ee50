import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const refilledTooEarly: Sabotage = {
  name: 'refilled-too-early',
  sentence: 'A node that lost its disk votes before it holds everything again.',
  plant: () => withRules({ isRefilled: () => true }),
};
