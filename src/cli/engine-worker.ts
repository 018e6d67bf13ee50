/**
 * The module that every engine worker thread runs: it joins the thread's port to the leaf executor.
 */
import { serveLeafTasks } from '../exec/leaf-worker.ts';
import { parentWorkerPort } from '../io/node-tasks.ts';

serveLeafTasks(parentWorkerPort());
