/**
 * What must hold before any script can work: a Node that is new enough, and the packages that
 * package-lock.json names. Uses nothing but Node's own modules, because nothing else may be there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's folder, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const NODE_MINIMUM = [20, 18];
const LOCK_FILE = join(root, 'package-lock.json');
const STAMP_FILE = join(root, 'node_modules', '.nyala-lock-hash');
/** npm's own record of what it installed. */
const INSTALLED_FILE = join(root, 'node_modules', '.package-lock.json');

/** Checks Node and installs packages when they are missing or the lock file changed. */
export function setup() {
  requireNode();
  installPackages();
}

/** Prints a plain line about what a script does. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Prints why a script cannot go on, and ends the process with code 1. */
export function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** The path of a command that a package installed. */
export function installedCommand(name) {
  return join(root, 'node_modules', '.bin', name);
}

/**
 * Runs a command in the checkout to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ quiet?: boolean }} options quiet: keeps what it prints, instead of showing it.
 * @returns {{ ok: boolean, output: string }} output is empty unless quiet.
 */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  if (result.error) return { ok: false, output: `${command}: ${result.error.message}\n` };
  return { ok: result.status === 0, output: (result.stdout ?? '') + (result.stderr ?? '') };
}

/**
 * Runs a command beside others and keeps what it prints.
 *
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function runBeside(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (text) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = NODE_MINIMUM;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  fail(`setup: Nyala needs Node ${NODE_MINIMUM.join('.')} or newer, this is ${process.version}`);
}

function installPackages() {
  const lockText = readFileSync(LOCK_FILE, 'utf8');
  const wanted = createHash('sha256').update(lockText).digest('hex');
  const stamped = existsSync(STAMP_FILE) ? readFileSync(STAMP_FILE, 'utf8') : '';
  if (stamped === wanted) return;
  if (!installedMatches(lockText)) npmInstall();
  writeFileSync(STAMP_FILE, wanted);
}

/** True when somebody ran npm themselves and every package is there in the version we ask for. */
function installedMatches(lockText) {
  if (!existsSync(INSTALLED_FILE)) return false;
  const wanted = JSON.parse(lockText).packages;
  const installed = JSON.parse(readFileSync(INSTALLED_FILE, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const present = installed[path];
    return present === undefined ? optional === true : present.version === version;
  });
}

function npmInstall() {
  const reason = existsSync(INSTALLED_FILE) ? 'package-lock.json changed' : 'first run';
  say(`setup: installing packages with npm ci (${reason})`);
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npmScript = process.env.npm_execpath;
  const { ok, output } = npmScript?.endsWith('.js')
    ? run(process.execPath, [npmScript, ...args])
    : run('npm', args);
  if (!ok) fail(`${output}setup: npm ci failed, see above`);
}
