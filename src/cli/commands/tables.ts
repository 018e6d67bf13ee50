import Table from 'cli-table3';
import { withRole } from '../ask.ts';
import { byteSizeText } from '../byte-size.ts';
import { ControllerClient } from '../controller-client.ts';
import { countText, print } from '../terminal.ts';

/** `nyala tables`: lists tables with their sizes. */
export async function tables(options: { readonly controller: string }): Promise<void> {
  const role = { name: 'controller', option: '--controller' };
  const list = await withRole(options.controller, role, (ask) =>
    new ControllerClient(ask).tables(),
  );
  if (list.length === 0) {
    print('There is no table yet. Load a file:  nyala load TABLE FILE');
    return;
  }
  const table = new Table({
    head: ['table', 'rows', 'segments', 'size'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { tableName, numRows, numSegments, diskSizeInBytes } of list) {
    const counts = [countText(numRows), countText(numSegments)];
    table.push([tableName, ...counts, byteSizeText(diskSizeInBytes)]);
  }
  print(table.toString());
}
