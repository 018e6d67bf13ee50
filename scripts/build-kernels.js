/**
 * Compiles `assembly/` to `dist/kernels.shared.wasm` and `dist/kernels.unshared.wasm`, with the
 * options of `asconfig.json`. Does nothing when both are newer than every source.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const variants = ['shared', 'unshared'];

const sources = readdirSync(path.join(root, 'assembly'), { recursive: true })
  .filter((name) => String(name).endsWith('.ts'))
  .map((name) => path.join(root, 'assembly', String(name)));
sources.push(path.join(root, 'asconfig.json'), fileURLToPath(import.meta.url));

const newestSource = Math.max(...sources.map((file) => statSync(file).mtimeMs));

/** @param {string} file */
function isFresh(file) {
  const status = statSync(file, { throwIfNoEntry: false });
  return status !== undefined && status.mtimeMs > newestSource;
}

for (const variant of variants) {
  if (isFresh(path.join(root, `dist/kernels.${variant}.wasm`))) continue;
  const { error, stdout, stderr } = await asc.main(['--target', variant, '--baseDir', root]);
  process.stderr.write(`${stdout}${stderr}`);
  if (error) {
    process.stderr.write(`kernels: ${variant}: ${error.message}\n`);
    process.exitCode = 1;
    break;
  }
}
