/**
 * Turns the sources into dist/, in five steps: kernels to WebAssembly, TypeScript to JavaScript, and
 * the command line, the edge worker and the console's script to bundles. A step is skipped when the content of its
 * inputs has not changed.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { installedCommand, root, run, say } from './setup.js';

const STAMP_FILE = join(root, 'dist', 'build-stamps.json');
const TSC_FOLDERS = ['src', 'bench', 'assembly'];

const STEPS = [
  {
    name: 'kernels',
    inputs: ['assembly', 'asconfig.json', 'scripts/build-kernels.js', 'package-lock.json'],
    outputs: ['dist/kernels.shared.wasm', 'dist/kernels.unshared.wasm'],
    run: () => run(process.execPath, ['scripts/build-kernels.js'], { quiet: true }),
  },
  {
    name: 'typescript',
    inputs: [
      'src',
      'bench',
      'assembly/layout.ts',
      'tsconfig.json',
      'tsconfig.build.json',
      'package-lock.json',
    ],
    outputs: ['dist/src'],
    run: compileTypeScript,
  },
  {
    name: 'command line',
    inputs: ['src', 'scripts/compile.js', 'package-lock.json'],
    outputs: ['dist/cli/main.js'],
    run: bundleCommandLine,
  },
  {
    name: 'edge worker',
    inputs: ['src', 'assembly', 'scripts/compile.js', 'package-lock.json'],
    outputs: ['dist/edge/worker.js'],
    needs: 'src/edge/worker.ts',
    run: bundleWorker,
  },
  {
    name: 'console',
    inputs: ['console', 'src/base', 'src/sql', 'scripts/compile.js', 'package-lock.json'],
    outputs: ['index.html', 'main.js', 'style.css', 'icon.svg'].map(
      (file) => `dist/console/${file}`,
    ),
    run: bundleConsole,
  },
];

/**
 * Brings dist/ up to date.
 *
 * @returns {boolean} false when a step failed; what it printed has been shown then.
 */
export function compile() {
  const stamps = readStamps();
  const hashes = new Map();
  for (const step of STEPS) {
    if (step.needs && !existsSync(join(root, step.needs))) continue;
    const stamp = hashInputs(step.inputs, hashes);
    const present = step.outputs.every((path) => existsSync(join(root, path)));
    if (present && stamps[step.name] === stamp) continue;
    const startedMs = performance.now();
    const { ok, output } = step.run();
    if (!ok) {
      say(`${output}build: ${step.name} failed, see above`);
      return false;
    }
    say(`build: ${step.name} (${Math.round(performance.now() - startedMs)} ms)`);
    stamps[step.name] = stamp;
    writeStamps(stamps);
  }
  return true;
}

function compileTypeScript() {
  const result = run(installedCommand('tsc'), ['-p', 'tsconfig.build.json'], { quiet: true });
  if (result.ok) for (const folder of TSC_FOLDERS) removeOrphans(folder);
  return result;
}

/** Takes away outputs whose source is gone: tsc leaves them, and they would still be importable. */
function removeOrphans(folder) {
  const outputFolder = join(root, 'dist', folder);
  if (!existsSync(outputFolder)) return;
  for (const entry of readdirSync(outputFolder, { withFileTypes: true })) {
    const source = join(folder, entry.name.replace(/\.(d\.ts|js)$/, '.ts'));
    if (!existsSync(join(root, source)))
      rmSync(join(outputFolder, entry.name), { recursive: true });
    else if (entry.isDirectory()) removeOrphans(source);
  }
}

/**
 * One file for what every command needs and one for each part that only some do: reading hundreds of
 * modules takes longer than a coordinator needs to start. Packages that are CommonJS ask for
 * `require`.
 */
function bundleCommandLine() {
  rmSync(join(root, 'dist/cli'), { recursive: true, force: true });
  const args = ['src/cli/main.ts', '--bundle', '--splitting', '--format=esm', '--platform=node'];
  const output = ['--outdir=dist/cli', '--target=node20', '--log-level=warning'];
  const load = "import { createRequire as requireFrom } from 'node:module';";
  const banner = `--banner:js=${load} const require = requireFrom(import.meta.url);`;
  return run(installedCommand('esbuild'), [...args, ...output, banner], { quiet: true });
}

/** WebAssembly stays a file beside the bundle: worker runtimes hand it over already compiled. */
function bundleWorker() {
  const args = ['src/edge/worker.ts', '--bundle', '--format=esm', '--target=es2022'];
  const output = ['--outfile=dist/edge/worker.js', '--loader:.wasm=copy', '--asset-names=[name]'];
  const settings = ['--conditions=workerd,worker,browser', '--log-level=warning'];
  return run(installedCommand('esbuild'), [...args, ...output, ...settings], { quiet: true });
}

/** The page names its script and style by file name, so they keep theirs. */
function bundleConsole() {
  const inputs = ['main.ts', 'style.css', 'index.html', 'icon.svg'].map(
    (file) => `console/${file}`,
  );
  const args = [...inputs, '--bundle', '--format=esm', '--target=es2022', '--outdir=dist/console'];
  const settings = ['--loader:.html=copy', '--loader:.svg=copy', '--log-level=warning'];
  return run(installedCommand('esbuild'), [...args, ...settings], { quiet: true });
}

/** One hash over paths and contents of files and whole folders; `known` saves reading twice. */
function hashInputs(inputs, known) {
  const total = createHash('sha256');
  for (const path of inputs.flatMap(filesBelow)) {
    let hash = known.get(path);
    if (hash === undefined) {
      hash = createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex');
      known.set(path, hash);
    }
    total.update(`${path} ${hash}\n`);
  }
  return total.digest('hex');
}

function filesBelow(path) {
  if (!existsSync(join(root, path))) return [];
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = `${path}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(inside) : [inside];
    });
}

function readStamps() {
  return existsSync(STAMP_FILE) ? JSON.parse(readFileSync(STAMP_FILE, 'utf8')) : {};
}

function writeStamps(stamps) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const aside = `${STAMP_FILE}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(stamps, null, 2)}\n`);
  renameSync(aside, STAMP_FILE);
}
