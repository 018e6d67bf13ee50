import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../base/errors.ts';

/**
 * Files of the build that run-time code opens by their place. This module runs from a bundle in
 * `dist/cli`, from `dist/src/io` and, in tests, from `src/io`: the build's folder is one step up, two
 * steps up, or beside.
 */
const [build = ''] = ['../', '../../', '../../dist/'].filter((path) =>
  existsSync(new URL(`${path}kernels.shared.wasm`, import.meta.url)),
);

/** The module that every engine thread runs. */
export const engineWorkerEntry = new URL(`${build}src/cli/engine-worker.js`, import.meta.url);

/** The module that a controller's thread for building segments runs. */
export const buildWorkerEntry = new URL(`${build}src/cli/build-worker.js`, import.meta.url);

/**
 * The kernels for shared memory, compiled.
 *
 * @throws EngineError NOT_FOUND when they have not been built.
 */
export async function loadKernelModule(): Promise<WebAssembly.Module> {
  const path = fileURLToPath(new URL(`${build}kernels.shared.wasm`, import.meta.url));
  if (build === '') {
    throw new EngineError('NOT_FOUND', 'engine: the kernels are not built; run `npm run build`');
  }
  return WebAssembly.compile(await readFile(path));
}

/**
 * A file of the console, the page that brokers serve.
 *
 * @param name such as `index.html`, never from outside.
 * @throws EngineError NOT_FOUND when the console has not been built.
 */
export async function loadConsoleFile(name: string): Promise<Uint8Array> {
  const path = fileURLToPath(new URL(`${build}console/${name}`, import.meta.url));
  if (build === '' || !existsSync(path)) {
    throw new EngineError('NOT_FOUND', 'broker: the console is not built; run `npm run build`');
  }
  return readFile(path);
}
