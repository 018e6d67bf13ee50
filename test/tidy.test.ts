import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { effectViolations } from './tidy/effects.ts';
import {
  assemblyImportViolations,
  cycleViolations,
  extensionViolations,
  importTableViolations,
  nodeReachViolations,
} from './tidy/imports.ts';
import {
  barrelFiles,
  defaultExports,
  kernelNames,
  longFiles,
  longFunctions,
  undocumentedExports,
} from './tidy/shape.ts';
import {
  formatViolations,
  lineAt,
  listFiles,
  readSources,
  repositoryRoot,
  type SourceFile,
  UNTRACKED_FOLDERS,
  type Violation,
} from './tidy/source.ts';

const sources = readSources('src');
const assembly = readSources('assembly');
const bench = readSources('bench');
const consoleFiles = readSources('console');
const tests = readSources('test');

/** Worker runtimes ask for a default export; this file is that and nothing else may be. */
const EDGE_WORKER = 'src/edge/worker.ts';

/** The package's public names in one place: what `import … from 'nyala'` gives. */
const PUBLIC_NAMES = 'src/client/index.ts';

/** Describes every kernel once, for all the types it comes in. */
const KERNEL_CONTRACT = 'src/kernels/exports.ts';

describe('imports', () => {
  it('follow the table: only from lower levels, never sideways', () => {
    expectNone(sources.flatMap(importTableViolations));
  });

  it('of kernels stay inside assembly/', () => {
    expectNone(assembly.flatMap(assemblyImportViolations));
  });

  it('never go in a circle', () => {
    expectNone(cycleViolations([...sources, ...assembly, ...bench, ...consoleFiles]));
  });

  it('name files in full', () => {
    expectNone([...sources, ...bench, ...tests].flatMap(extensionViolations));
  });

  it('of the edge worker reach no Node module', () => {
    expectNone(nodeReachViolations(sources, EDGE_WORKER));
  });
});

describe('effects', () => {
  it('come in through interfaces: clock, disk, network and chance are src/io and src/cli only', () => {
    expectNone(sources.flatMap(effectViolations));
  });
});

describe('exports', () => {
  it('are documented', () => {
    const files = [...sources, ...bench, ...consoleFiles];
    expectNone(files.flatMap((file) => undocumentedExports(file)));
  });

  it('of kernels are documented, there or in the contract that TypeScript sees', () => {
    const isKernel = kernelNames(sources.find((file) => file.path === KERNEL_CONTRACT)!);
    expectNone(assembly.flatMap((file) => undocumentedExports(file, isKernel)));
  });

  it('are named', () => {
    expectNone(except([...sources, ...bench], EDGE_WORKER).flatMap(defaultExports));
  });

  it('come from the file that declares them', () => {
    expectNone(except(sources, PUBLIC_NAMES).flatMap(barrelFiles));
  });
});

describe('sizes', () => {
  it('of files fit their name', () => {
    expectNone(sources.flatMap(longFiles));
  });

  it('of functions fit a screen', () => {
    expectNone(sources.flatMap(longFunctions));
  });
});

describe('errors', () => {
  it('each have a test that provokes them', () => {
    const errors = sources.find((file) => file.path === 'src/base/errors.ts')!;
    const union = /export type ErrorCode =(?<codes>[^;]*);/.exec(errors.statements)!;
    const provoking = listFiles('test')
      .filter((path) => !path.startsWith('test/tidy'))
      .map((path) => readFileSync(join(repositoryRoot, path), 'latin1'));
    const unprovoked = [...union.groups!.codes!.matchAll(/'(?<code>\w+)'/g)]
      .filter(({ groups }) => !isNamed(groups!.code!, provoking))
      .map((match) => ({
        path: errors.path,
        line: lineAt(errors.text, union.index + union[0].indexOf(match[0])),
        message: `no test provokes ${match[0]}; write one, or remove the code`,
      }));
    expectNone(unprovoked);
  });
});

describe('the checkout', () => {
  it('knows no path of the machine it was written on', () => {
    const folders = ['work', 'root', 'tmp', 'home'].map((name) => `/${name}/`);
    const pattern = new RegExp(`(?<![\\w.$}*-])(?:${folders.join('|')})`, 'g');
    const files = listFiles('').filter((path) => path !== 'package-lock.json');
    const violations = files.flatMap((path) => {
      const text = readFileSync(join(repositoryRoot, path), 'latin1');
      return [...text.matchAll(pattern)].map((match) => ({
        path,
        line: lineAt(text, match.index),
        message: `${match[0]} is a path of one machine; use a relative path or os.tmpdir()`,
      }));
    });
    expectNone(violations);
  });

  it('names each of its folders in ARCHITECTURE.md', () => {
    const path = join(repositoryRoot, 'ARCHITECTURE.md');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const missing = readdirSync(repositoryRoot, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !UNTRACKED_FOLDERS.has(entry.name))
      .filter((entry) => !text.includes(`${entry.name}/`))
      .map((entry) => ({
        path: 'ARCHITECTURE.md',
        line: 1,
        message: `does not name ${entry.name}/; say in the code map what it holds`,
      }));
    expectNone(missing);
  });
});

function isNamed(word: string, texts: readonly string[]): boolean {
  const pattern = new RegExp(`\\b${word}\\b`);
  return texts.some((text) => pattern.test(text));
}

function except(files: readonly SourceFile[], path: string): SourceFile[] {
  return files.filter((file) => file.path !== path);
}

function expectNone(violations: readonly Violation[]): void {
  expect(formatViolations(violations)).toEqual([]);
}
