import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const saidBeforeDurable: Sabotage = {
  name: 'said-before-durable',
  sentence: 'A follower acknowledges entries and votes before they are on its disk.',
  plant: () => withRules({ isDurable: () => true }),
};
