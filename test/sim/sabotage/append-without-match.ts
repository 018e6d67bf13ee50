import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const appendWithoutMatch: Sabotage = {
  name: 'append-without-match',
  sentence: 'A follower takes entries without looking whether the one before is the same.',
  plant: () => withRules({ matchesPrevious: () => true }),
};
