/** `npm run bench -- [options]`: packages, dist/, then the benchmark against other engines. */
import { compile } from './compile.js';
import { fail, root, setup } from './setup.js';

setup();
if (!compile()) fail('bench: the build failed');
process.chdir(root);
await import('../dist/bench/main.js');
