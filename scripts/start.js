/**
 * `npm start`: packages, dist/, then the whole engine with the demo table, in this very process, so
 * that signals, exit code and the terminal are the engine's own.
 */
import { join } from 'node:path';
import { compile } from './compile.js';
import { fail, root, setup } from './setup.js';

setup();
if (!compile()) fail('start: the build failed');
process.argv = [
  process.execPath,
  join(root, 'bin', 'nyala.js'),
  'start',
  '--demo',
  ...process.argv.slice(2),
];
await import('../bin/nyala.js');
