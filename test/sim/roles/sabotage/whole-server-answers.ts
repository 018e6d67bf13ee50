import { override } from '../../sabotage/override.ts';
import type { RoleSabotage } from './role-sabotage.ts';

export const wholeServerAnswers: RoleSabotage = {
  name: 'whole-server-answers',
  sentence: 'A server answers for every segment of the table that it holds, asked for or not.',
  plant: () => ({
    server: (options) => {
      const { engine } = options;
      const held = new Map<string, Set<string>>();
      const heldOf = (table: string): Set<string> => {
        const names = held.get(table) ?? new Set<string>();
        held.set(table, names);
        return names;
      };
      const changed: Partial<typeof engine> = {
        addSegment: (metadata, source, name) => {
          heldOf(metadata.table).add(name);
          return engine.addSegment(metadata, source, name);
        },
        removeSegment: (table, name) => {
          heldOf(table).delete(name);
          return engine.removeSegment(table, name);
        },
        execute: (plan, segments, ...rest) =>
          engine.execute(plan, [...new Set([...segments, ...heldOf(plan.table)])], ...rest),
      };
      return { ...options, engine: override(engine, changed) };
    },
  }),
};
