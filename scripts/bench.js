/**
 * Packages, dist/, then a benchmark: `npm run bench -- [options]` against other engines,
 * `npm run bench:kernels` against plain loops and C, `npm run bench:scaling` over threads and sizes, `npm run bench:service` of the whole program,
 * `npm run bench:star-tree` of star-trees beside the scan, `npm run bench:cancel` of queries that are
 * cancelled, `npm run bench:coord` of the coordinator beside Apache ZooKeeper, `npm run bench:metadata` of a
 * table of many segments, `npm run bench:queries` of a cluster under load.
 */
import { compile } from './compile.js';
import { fail, root, setup } from './setup.js';

setup();
if (!compile()) fail('bench: the build failed');
process.chdir(root);
const PROGRAMS = {
  kernels: '../dist/bench/kernels.js',
  scaling: '../dist/bench/scaling.js',
  cancel: '../dist/bench/cancel.js',
  service: '../dist/bench/service.js',
  'star-tree': '../dist/bench/star-tree.js',
  coordinator: '../dist/bench/coordinator/main.js',
  metadata: '../dist/bench/metadata.js',
  queries: '../dist/bench/queries/main.js',
};
const program = PROGRAMS[process.argv[2]];
if (program) process.argv.splice(2, 1);
await import(program ?? '../dist/bench/main.js');
