/**
 * What HTTP costs on this machine without Nyala: a plain node:http server that keeps two threads busy
 * for a while before it answers, as an engine does. Sleeping processes have to be woken, and that is
 * most of what a client waits for. Started by `service.ts` with the port as its argument.
 */
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const BUSY_MS = 3;
const THREADS = 2;

if (isMainThread) serve(Number(process.argv[2]));
else {
  parentPort?.on('message', () => {
    const end = performance.now() + BUSY_MS;
    while (performance.now() < end);
    parentPort?.postMessage(null);
  });
}

function serve(port: number): void {
  const workers = Array.from({ length: THREADS }, () => new Worker(new URL(import.meta.url)));
  const work = (worker: Worker) =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(null);
    });
  createServer((request, response) => {
    request.resume().on('end', async () => {
      const startedMs = performance.now();
      await Promise.all(workers.map(work));
      const timing = `total;dur=${(performance.now() - startedMs).toFixed(3)}`;
      response.writeHead(200, { 'content-type': 'application/json', 'server-timing': timing });
      response.end('{"numRowsResultSet":1}');
    });
  }).listen(port, '127.0.0.1');
}
