import { importsOf } from './imports.ts';
import { lineAt, type SourceFile, type Violation } from './source.ts';

/** A name that reaches outside, and what to use in its place. */
interface Ban {
  readonly pattern: RegExp;
  readonly what: string;
  readonly instead: string;
}

/** Everything that could make two runs of the same role differ. */
const AMBIENT: readonly Ban[] = [
  { pattern: /\bDate\.now\b/g, what: 'Date.now', instead: 'Clock.nowMs' },
  { pattern: /\bnew Date\(\s*\)/g, what: 'new Date()', instead: 'Clock.nowMs' },
  { pattern: /(?<!\bnew\s|[.\w$])Date\(\s*\)/g, what: 'Date()', instead: 'Clock.nowMs' },
  { pattern: /(?<![.\w$])performance\b/g, what: 'performance', instead: 'Clock.monotonicMs' },
  { pattern: /\bMath\.random\b/g, what: 'Math.random', instead: 'Random, or Prng with a seed' },
  {
    pattern: /(?<![.\w$])crypto\.\w+/g,
    what: 'crypto',
    instead: 'Random of src/io',
  },
  {
    pattern: /\b(?:setTimeout|setInterval|setImmediate)\b/g,
    what: 'a timer',
    instead: 'Clock.schedule',
  },
  { pattern: /(?<![.\w$])process\./g, what: 'process', instead: 'an argument from src/cli' },
  { pattern: /(?<![.\w$])console\./g, what: 'console', instead: 'an error or a callback' },
  { pattern: /\bnew Worker\(/g, what: 'new Worker', instead: 'Tasks.spawnWorker' },
];

/** The coordinator's core is a function of its inputs: it neither waits nor knows dates. */
const CORE: readonly Ban[] = [
  { pattern: /(?<![.#\w$])async\b/g, what: 'async', instead: 'an input and an output of step' },
  { pattern: /(?<![.#\w$])await\b/g, what: 'await', instead: 'an input and an output of step' },
  { pattern: /\bPromise\b/g, what: 'Promise', instead: 'an output of step' },
  { pattern: /\bDate\b/g, what: 'Date', instead: 'ticks, or the time that the leader stamped' },
];

const PERMITTED = /^src\/(?:io|cli)\//;

/** Ambient effects in a file of src/ outside the two folders that exist for them. */
export function effectViolations(file: SourceFile): Violation[] {
  if (PERMITTED.test(file.path)) return [];
  const bans = file.path.startsWith('src/coord/core/') ? [...AMBIENT, ...CORE] : AMBIENT;
  const named = bans.flatMap(({ pattern, what, instead }) =>
    [...file.code.matchAll(pattern)].map((match) =>
      violation(file, lineAt(file.text, match.index), what, instead),
    ),
  );
  const imported = importsOf(file)
    .filter(({ specifier }) => specifier.startsWith('node:'))
    .map(({ line, specifier }) =>
      violation(file, line, `'${specifier}'`, 'an interface of src/io, handed in'),
    );
  return [...named, ...imported, ...fetchCalls(file)];
}

/** Calls of the global `fetch`; a method of that name, as in a worker's handler, is none. */
function fetchCalls(file: SourceFile): Violation[] {
  return [...file.code.matchAll(/(?<![.\w$#])fetch\(/g)]
    .filter((match) => !isMethodHead(file.code, match.index + match[0].length))
    .map((match) =>
      violation(file, lineAt(file.text, match.index), 'fetch', 'HttpClient of src/io/network.ts'),
    );
}

/** True when the parenthesis that was just opened closes before a body or a return type. */
function isMethodHead(code: string, afterOpening: number): boolean {
  let depth = 1;
  let at = afterOpening;
  for (; at < code.length && depth > 0; at++) {
    if (code[at] === '(') depth++;
    if (code[at] === ')') depth--;
  }
  return /^\s*[{:]/.test(code.slice(at, at + 20));
}

function violation(file: SourceFile, line: number, what: string, instead: string): Violation {
  const where = file.path.startsWith('src/coord/core/')
    ? 'the pure core'
    : 'src outside io and cli';
  return { path: file.path, line, message: `${what} is not for ${where}; use ${instead}` };
}
