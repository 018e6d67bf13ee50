import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/nyala.js', import.meta.url));

/** A `nyala` process and what it printed so far. */
export interface NyalaProcess {
  readonly child: ChildProcess;
  output(): string;
  errors(): string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Resolves when stdout holds a text; fails when the process ends before. */
  prints(text: string): Promise<void>;
}

/** Starts the built command line. */
export function nyala(args: readonly string[], cwd?: string): NyalaProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], cwd === undefined ? {} : { cwd });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const prints = async (text: string) => {
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    while (!output.includes(text)) {
      if (hasEnded) throw new Error(`ended without printing ${text}: ${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, output: () => output, errors: () => errors, ended, prints };
}

/** Runs the command line to its end. */
export async function runNyala(args: readonly string[], cwd?: string) {
  const process = nyala(args, cwd);
  const code = await process.ended;
  return { code, output: process.output(), errors: process.errors() };
}
