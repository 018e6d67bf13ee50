/**
 * `npm run sim -- [options]`: simulated clusters of coordinators under faults, see test/sim/main.ts.
 * Bundled first, so that nothing compiles while it runs.
 */
import { fileURLToPath } from 'node:url';
import { fail, installedCommand, root, run, setup } from './setup.js';

const BUNDLE_FILE = 'dist/sim/main.js';

// The processes of a long run find the bundle that their parent has made.
if (!process.argv.includes('--worker')) bundle();
process.chdir(root);
const { main } = await import(`../${BUNDLE_FILE}`);
process.exitCode = await main(process.argv.slice(2), fileURLToPath(import.meta.url));

function bundle() {
  setup();
  const settings = ['--bundle', '--platform=node', '--format=esm', '--target=node20'];
  const output = [`--outfile=${BUNDLE_FILE}`, '--sourcemap', '--log-level=warning'];
  const bundling = ['test/sim/main.ts', '--packages=external', ...settings, ...output];
  if (!run(installedCommand('esbuild'), bundling).ok) fail('sim: the build failed');
}
