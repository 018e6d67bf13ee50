import { answerRead } from '../../../src/coord/core/reads.ts';
import type { Sabotage } from './sabotage.ts';

export const missedEventLost: Sabotage = {
  name: 'missed-event-lost',
  sentence: 'A client that comes back is not told of what its watches have missed.',
  plant: () => ({
    parts: () => ({
      answerRead: (...args) => ({ ...answerRead(...args), missed: [] }),
    }),
  }),
};
