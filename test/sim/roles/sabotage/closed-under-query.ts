import { override } from '../../sabotage/override.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const closedUnderQuery: RoleSabotage = {
  name: 'closed-under-query',
  sentence: 'A server closes the file of a segment that another file takes the place of at once.',
  plant: () => ({
    server: (options) => {
      const { engine } = options;
      const addSegment: typeof engine.addSegment = (...added) => {
        void engine.addSegment(...added);
        return Promise.resolve();
      };
      return { ...options, engine: override(engine, { addSegment }) };
    },
  }),
};
