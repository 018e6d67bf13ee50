import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const commitOldTermByCount: Sabotage = {
  name: 'commit-old-term-by-count',
  sentence: 'A leader commits an entry of an earlier term because most nodes have it.',
  plant: () => withRules({ mayCommit: () => true }),
};
