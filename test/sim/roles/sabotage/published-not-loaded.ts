import { override } from '../../sabotage/override.ts';
import type { RoleSabotage } from './role-sabotage.ts';

/** Of so many segments one is affected: on all servers, since a replica would hide it. */
const EVERY = 3;

export const publishedNotLoaded: RoleSabotage = {
  name: 'published-not-loaded',
  sentence: 'Servers say that they serve segments which their engines do not have.',
  plant: () => ({
    server: (options) => {
      const { engine } = options;
      const addSegment: typeof engine.addSegment = (metadata, source, name) => {
        const isLost = metadata.name.charCodeAt(metadata.name.length - 1) % EVERY === 0;
        return isLost ? Promise.resolve() : engine.addSegment(metadata, source, name);
      };
      return { ...options, engine: override(engine, { addSegment }) };
    },
  }),
};
