import { override } from '../../sabotage/override.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const missingLeftOut: RoleSabotage = {
  name: 'missing-left-out',
  sentence: 'A server leaves out what it does not hold of what it was asked for.',
  plant: () => ({
    server: (options) => {
      const { engine } = options;
      const held = new Set<string>();
      const changed: Partial<typeof engine> = {
        addSegment: (metadata, source, name) => {
          held.add(name);
          return engine.addSegment(metadata, source, name);
        },
        removeSegment: (table, name) => {
          held.delete(name);
          return engine.removeSegment(table, name);
        },
        execute: (plan, segments, ...rest) =>
          engine.execute(
            plan,
            segments.filter((name) => held.has(name)),
            ...rest,
          ),
      };
      return { ...options, engine: override(engine, changed) };
    },
  }),
};
