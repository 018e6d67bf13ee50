import { EngineError } from '../../base/errors.ts';
import { sleep } from '../../io/clock.ts';
import { nodeClock } from '../../io/node-clock.ts';
import { withRole } from '../ask.ts';
import { ControllerClient } from '../controller-client.ts';
import { countText, note, print } from '../terminal.ts';

const LOOK_EVERY_MS = 500;

/** `nyala rebalance`: moves a table's segments to where they should be, and says how far it is. */
export async function rebalance(
  table: string,
  options: { readonly controller: string; readonly dryRun: boolean },
): Promise<void> {
  const role = { name: 'controller', option: '--controller' };
  await withRole(options.controller, role, async (ask) => {
    const controller = new ControllerClient(ask);
    const { jobId, status, description } = await controller.rebalance(table, options.dryRun);
    if (jobId === null || status === 'NO_OP') {
      print(`${table}: ${description}`);
      return;
    }
    note(`${table}: ${description}; job ${jobId}`);
    print(`${table}: ${await follow(controller, table, jobId)}`);
  });
}

/** Says how far a rebalance is until it has ended; the text of its end. */
async function follow(controller: ControllerClient, table: string, jobId: string): Promise<string> {
  let said = -1;
  for (;;) {
    await sleep(nodeClock, LOOK_EVERY_MS);
    const { status, message, remaining, total } = await controller.rebalanceProgress(jobId);
    if (status === 'DONE') return message ?? 'done';
    if (status !== 'IN_PROGRESS') {
      throw new EngineError('CANCELLED', `the rebalance is ${status}: ${message ?? 'no reason'}`);
    }
    if (remaining !== said) {
      note(`${table}: ${countText(total - remaining)} of ${countText(total)} copies made`);
    }
    said = remaining;
  }
}
