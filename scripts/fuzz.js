/** Packages, then a fuzzer in one bundle: `npm run fuzz:coord -- [--frames N] [--seed N]`. */
import { fail, installedCommand, root, run, setup } from './setup.js';

const OUTPUT = 'dist/fuzz/coord.js';

setup();
process.chdir(root);
const args = ['test/coord/fuzz/main.ts', '--bundle', '--platform=node', '--format=esm'];
const settings = ['--packages=external', `--outfile=${OUTPUT}`, '--log-level=warning'];
const { ok, output } = run(installedCommand('esbuild'), [...args, ...settings], { quiet: true });
if (!ok) fail(`${output}fuzz: the build failed`);
await import(`../${OUTPUT}`);
