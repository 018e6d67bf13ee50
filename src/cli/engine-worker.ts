/**
 * The module that every engine worker thread runs: it joins the thread's port to the leaf executor.
 */
import { serveLeafTasks } from '../exec/leaf-worker.ts';
import { nodeClock } from '../io/node-clock.ts';
import { nodeSpillDisk } from '../io/node-spill.ts';
import { parentWorkerPort } from '../io/node-tasks.ts';

serveLeafTasks(parentWorkerPort(), nodeClock, nodeSpillDisk);
