import { EngineError } from '../../base/errors.ts';
import { nodeDisk } from '../../io/node-disk.ts';
import { withRole } from '../ask.ts';
import { ControllerClient } from '../controller-client.ts';
import { note, print } from '../terminal.ts';

/** `nyala table-config`: shows a table's configuration, or gives it another one from a file. */
export async function tableConfig(
  table: string,
  file: string | undefined,
  options: { readonly controller: string },
): Promise<void> {
  const role = { name: 'controller', option: '--controller' };
  await withRole(options.controller, role, async (ask) => {
    const controller = new ControllerClient(ask);
    if (file !== undefined) {
      await controller.configure(table, new TextDecoder().decode(await nodeDisk.readFile(file)));
      note(`${table}: configured; all its segments have the indexes`);
      return;
    }
    const found = await controller.table(table);
    if (found === null) throw new EngineError('UNKNOWN_TABLE', `there is no table ${table}`);
    print(JSON.stringify(found.config, null, 2));
  });
}
