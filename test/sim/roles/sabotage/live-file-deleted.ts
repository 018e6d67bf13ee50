import { Prng } from '../../../../src/base/prng.ts';
import { chance } from '../../random.ts';
import type { RoleSabotage } from './role-sabotage.ts';

const SHARE = 0.5;

export const liveFileDeleted: RoleSabotage = {
  name: 'live-file-deleted',
  sentence:
    'When a controller deletes a file of a table, it now and then takes another one as well.',
  plant: () => {
    const prng = new Prng(1);
    return {
      controller: (options) => {
        const { disk } = options;
        const remove = async (path: string): Promise<void> => {
          await disk.remove(path);
          if (!path.endsWith('.segment') || !chance(prng, SHARE)) return;
          const directory = path.slice(0, path.lastIndexOf('/'));
          const [other] = await disk.list(directory);
          if (other !== undefined) await disk.remove(`${directory}/${other}`);
        };
        return { ...options, disk: { ...disk, remove } };
      },
    };
  },
};
