/**
 * `npm run bench -- [options]`: packages, dist/, then the benchmark against other engines;
 * `npm run bench:service`: the same for what the whole program costs.
 */
import { compile } from './compile.js';
import { fail, root, setup } from './setup.js';

setup();
if (!compile()) fail('bench: the build failed');
process.chdir(root);
const [program] = process.argv.slice(2);
if (program === 'service') process.argv.splice(2, 1);
await import(program === 'service' ? '../dist/bench/service.js' : '../dist/bench/main.js');
